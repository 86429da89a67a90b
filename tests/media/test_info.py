"""What is said of a video is what it was made with."""

import numpy as np
import pytest

from impactsound.errors import InputError
from impactsound.media.info import VideoInfo, video_info


def test_a_video_with_two_sounds_and_a_turned_picture(studio):
    wav = studio.click(0.5)
    video = studio.video("a.mkv", "-pix_fmt", "yuv420p", wav=wav, n=50, rate=25)
    path = studio.folder / "b.mp4"
    studio.ffmpeg("-display_rotation", -90, "-i", video, "-i", wav, "-map", 0, "-map", "1:a", "-c:v", "copy", path)
    assert video_info(path) == VideoInfo(2.0, 50, "h264", timed=True, turn=-90.0, sounds=2)


@pytest.mark.parametrize(
    ("name", "vcodec", "options", "timed"),
    [
        ("a.mp4", "mpeg4", [], True),
        ("a.avi", "mjpeg", [], True),
        ("a.avi", "mpeg4", ["-bf", 2], False),
        ("a.ts", "mpeg2video", ["-bf", 2], True),
        ("a.webm", "libvpx", [], True),
    ],
)
def test_a_silent_video(studio, name, vcodec, options, timed):
    info = video_info(studio.video(name, *options, n=50, rate=25, vcodec=vcodec))
    codec = {"libvpx": "vp8"}.get(vcodec, vcodec)
    assert (info.frames, info.codec, info.timed, info.turn, info.sounds) == (50, codec, timed, 0.0, 0)
    assert info.duration == pytest.approx(2, abs=0.002 if timed else 0.041)


def test_a_cover_is_no_video(studio):
    """Nor is what has no frame, or is none of ffmpeg's."""
    cover = studio.folder / "cover.png"
    studio.ffmpeg("-i", studio.video("one.mp4", n=1), "-frames:v", 1, cover)
    song = studio.folder / "song.m4a"
    maps = ["-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v", "attached_pic"]
    studio.ffmpeg("-i", studio.click(0.5), "-i", cover, *maps, song)
    for path in (song, studio.click(0.5)):
        with pytest.raises(InputError, match="has no picture"):
            video_info(path)
    nothing = studio.folder / "nothing.mp4"
    studio.ffmpeg("-i", studio.video("some.mp4"), "-vf", "trim=start=99", nothing)
    (studio.folder / "text.mp4").write_bytes(np.random.default_rng(0).bytes(4000))
    for path, said in ((nothing, "has no (frame|picture)"), (studio.folder / "text.mp4", "cannot be read")):
        with pytest.raises(InputError, match=said) as caught:
            video_info(path)
        assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)
