"""The picture is untouched and the sound is heard when it should be, whatever the container; or it is refused."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from impactsound.errors import InputError
from impactsound.media.fade import faded
from impactsound.media.ffmpeg import EARLY, length, packets, read_frames, read_sound
from impactsound.media.info import described, turn_of, video_info
from impactsound.media.mux import copy_video, mux, same_picture

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "greatest_hits_mini" / "vis-data-256"
ONSETS = [0.2, 0.5, 0.8]
PLAIN = ("-pix_fmt", "yuv420p")
LARGE = ("-vf", "noise=alls=30:allf=t", "-q:v", 2)  # an MPEG has a time for every frame that fills a packet
UNEVEN = "settb=1/1000,setpts='(N+0.4*mod(N,3))/25/TB'"


def digest(studio, path, stream: str = "0:V") -> bytes:
    """Of a stream's packets, in order; not of how a container frames them."""
    return studio.ffmpeg("-i", path, "-map", stream, "-c", "copy", "-f", "md5", "-")


def decoded(studio, path) -> list[bytes]:
    lines = studio.ffmpeg("-i", path, "-map", "0:V", "-fps_mode", "passthrough", "-f", "framemd5", "-")
    return [line.split(b",")[-1] for line in lines.splitlines() if not line.startswith(b"#")]


def shown(path) -> np.ndarray:
    """Times of the frames from the first one's, in the order of the packets."""
    times = np.array(list(packets(path, "V:0", fflags="+genpts")))[:, 1]
    return times - times.min()


def clicks(path: Path, sample_rate: int = 16000, duration: float = 1.6, onsets=ONSETS) -> Path:
    sound = np.zeros(round(duration * sample_rate))
    for onset in onsets:
        start = round(onset * sample_rate)
        sound[start : start + max(sample_rate // 4000, 1)] = 0.9
    soundfile.write(path, sound, sample_rate, subtype="PCM_24")
    return path


def heard(sound: np.ndarray, sample_rate: int, onsets=ONSETS) -> list[float]:
    """Times of the loudest sample within 50 ms of each onset."""
    found = []
    for onset in onsets:
        low, high = (max(round((onset + side) * sample_rate), 0) for side in (-0.05, 0.05))
        found.append((low + np.abs(sound)[low:high].argmax()) / sample_rate)
    return found


# What people have: numbered frames in many containers, some of which count time from elsewhere than 0.
SOURCES = {
    "mp4": ("a.mp4", "libx264", "30000/1001", PLAIN),
    "uneven": ("a.mkv", "libx264", 25, (*PLAIN, "-vf", UNEVEN, "-fps_mode", "passthrough", "-enc_time_base", "1/1000")),
    "webm": ("a.webm", "libvpx", 30, PLAIN),
    "ts": ("a.ts", "libx264", 30, (*PLAIN, "-c:a", "aac")),
    "mpg": ("a.mpg", "mpeg2video", 25, (*LARGE, "-bf", 2)),
    "flv": ("a.flv", "flv", 30, ("-ar", 44100)),
    "wmv": ("a.wmv", "wmv2", 30, ()),
    "mjpeg": ("a.avi", "mjpeg", 30, ()),
    "divx": ("a.avi", "mpeg4", 25, ("-bf", 2)),
    "h264": ("a.avi", "libx264", 25, (*PLAIN, "-bf", 2)),
    "mov": ("a.mov", "prores", 30, ()),
}


def made(studio, name: str) -> Path:
    """One of the sources; or one whose picture is late, or turned."""
    if name == "late":
        maps = ("-map", "0:v", "-map", "1:a", "-c", "copy")
        sound, picture, path = studio.click(1.3), made(studio, "mjpeg"), studio.folder / "late.mkv"
        studio.ffmpeg("-itsoffset", 0.2, "-i", picture, "-i", sound, *maps, path)
    elif name == "turned":
        picture, path = studio.video("a.mp4", *PLAIN, "-bf", 0, size=(96, 64)), studio.folder / "turned.mp4"
        studio.ffmpeg("-display_rotation", 90, "-i", picture, "-c", "copy", path)
    else:
        file, vcodec, rate, options = SOURCES[name]
        path = studio.video(file, *options, wav=studio.click(1.3), rate=rate, vcodec=vcodec)
    return path


@pytest.mark.parametrize(
    ("suffix", "sample_rate"),
    [
        (".mp4", 8000),
        (".mp4", 96000),
        (".m4v", 16000),
        (".mov", 16000),
        (".mkv", 44100),
        (".webm", 16000),
        (".avi", 48000),
    ],
)
def test_the_picture_is_copied_and_a_click_is_in_its_place(studio, tmp_path, suffix, sample_rate):
    vcodec, source = ("libvpx", "a.mkv") if suffix == ".webm" else ("libx264", "a.mp4")
    video = studio.video(source, *PLAIN, "-bf", 0, wav=studio.click(1.3), n=48, rate=24, vcodec=vcodec)
    out = tmp_path / f"out{suffix}"
    mux(video, clicks(tmp_path / "track.wav", sample_rate), out)
    assert decoded(studio, out) == decoded(studio, video)
    sound = read_sound(out, 44100)
    flash = [studio.number(frame) for frame in read_frames(out, 24, 64)].index(12) / 24
    np.testing.assert_allclose(heard(sound, 44100), ONSETS, atol=1e-3)
    assert flash == pytest.approx(0.5, abs=1 / 24 if suffix == ".webm" else 1e-6)
    assert np.abs(sound[round(1.29 * 44100) : round(1.32 * 44100)]).max() < 0.05


@pytest.mark.parametrize("suffix", [".mkv", ".mov", ".avi", ".mp4", ".webm"])
def test_lossless_where_the_container_takes_it_and_at_48_khz_elsewhere(studio, tmp_path, suffix):
    video = studio.video("a.avi", "-pix_fmt", "yuvj420p", vcodec="mjpeg") if suffix != ".webm" else None
    video = video or studio.video("a.webm", *PLAIN, vcodec="libvpx")
    sound = np.random.default_rng(0).uniform(-1, 1, 2 * 16000)
    soundfile.write(tmp_path / "a.wav", sound, 16000, subtype="PCM_24")
    mux(video, tmp_path / "a.wav", tmp_path / f"out{suffix}")
    said = studio.ffmpeg("-i", tmp_path / f"out{suffix}", "-map", "0:a", "-f", "wav", tmp_path / "out.wav")
    read, rate = soundfile.read(tmp_path / "out.wav")
    assert not said and rate == (48000 if suffix in (".mp4", ".webm") else 16000)
    if rate == 16000:
        np.testing.assert_allclose(read[: len(sound)], sound, atol=1.1 / 32768)


@pytest.mark.parametrize("name", [*SOURCES, "late", "turned"])
def test_all_packets_keep_their_times_from_every_container(studio, tmp_path, name):
    suffix = {"mov": ".mov", "flv": ".mkv", "wmv": ".mkv", "divx": ".mkv", "webm": ".mkv"}.get(name, ".mp4")
    video, out = made(studio, name), tmp_path / f"out{suffix}"
    mux(video, clicks(tmp_path / "track.wav"), out)
    assert decoded(studio, out) == decoded(studio, video)
    assert turn_of(described(out)) == (90 if name == "turned" else 0)
    np.testing.assert_allclose(heard(read_sound(out, 44100), 44100), ONSETS, atol=1e-3)
    if name == "h264":  # what an AVI says of its frames is not when they are shown
        same = studio.video("same.mp4", *PLAIN, "-bf", 2, rate=25)
        np.testing.assert_allclose(shown(out)[:-2], shown(same)[:-2], atol=EARLY)
    else:
        np.testing.assert_allclose(shown(out), shown(video), atol=EARLY)
    if name in ("late", "uneven", "divx", "h264"):  # whose picture does not begin at 0, or as evenly as it goes on
        pairs = list(zip(*(read_frames(path, 25, 64) for path in (video, out)), strict=False))
        assert len(pairs) > 50
        assert [studio.number(frame) for frame, _ in pairs] == [studio.number(frame) for _, frame in pairs]


def test_a_picture_that_is_not_the_same_is_told(studio):
    video = studio.video("a.mp4", *PLAIN, "-bf", 0, wav=studio.click(0.5))
    info = video_info(video)
    assert same_picture(video, info, video)
    shift = ("-itsoffset", 0.1, "-i", video, "-i", video, "-map", "0:v", "-map", "1:a")
    for options in (
        shift,
        ("-i", video, "-t", 1),
        ("-display_rotation", 90, "-i", video),
        ("-itsscale", 1.01, "-i", video),
    ):
        other = studio.folder / "other.mkv"
        studio.ffmpeg(*options, "-c", "copy", other)
        assert not same_picture(video, info, other)


def test_the_stream_itself_is_copied(studio, tmp_path):
    video = studio.video("a.mp4", *PLAIN)
    for suffix in (".mp4", ".mov", ".m4v", ".mkv"):
        mux(video, clicks(tmp_path / "track.wav"), tmp_path / f"out{suffix}")
        assert digest(studio, video) == digest(studio, tmp_path / f"out{suffix}")


@pytest.mark.parametrize("duration", [0.1, 5.0])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_result_lasts_as_long_as_the_picture(studio, tmp_path, duration, suffix):
    video = studio.video("a.mp4", wav=studio.click(0.5, duration=3))
    soundfile.write(tmp_path / "a.wav", 0.1 * np.ones((round(duration * 48000), 2)), 48000)
    out = tmp_path / f"out{suffix}"
    mux(video, tmp_path / "a.wav", out)
    assert length(out, "V:0") == pytest.approx(2.0, abs=1e-3)
    assert length(out, "a:0") == pytest.approx(2.0, abs=1024 / 48000)
    assert len(read_sound(out, 48000)) == pytest.approx(2 * 48000, abs=1024)


def test_what_is_to_be_kept_is_copied_and_ours_is_played(studio, tmp_path):
    one = studio.video("one.mp4", *PLAIN, "-c:a", "aac", wav=studio.click(1.3))
    two = studio.folder / "two.mkv"
    studio.ffmpeg(
        "-i", one, "-i", studio.click(0.6, 44100), "-map", 0, "-map", "1:a", "-c:v", "copy", "-c:a", "flac", two
    )
    silent = studio.video("silent.mp4", *PLAIN)
    for video, kept in ((one, 1), (two, 2), (silent, 0)):
        for suffix in (".mp4", ".mkv") if video != silent else (".mov",):
            out = tmp_path / f"out{suffix}"
            mux(video, clicks(tmp_path / "track.wav"), out, sound="keep")
            assert video_info(out).sounds == kept + 1
            for number in range(kept):
                assert digest(studio, out, f"0:a:{number}") == digest(studio, video, f"0:a:{number}")
            studio.ffmpeg("-i", out, "-map", f"0:a:{kept}", tmp_path / "ours.wav")
            sound, rate = soundfile.read(tmp_path / "ours.wav")
            np.testing.assert_allclose(heard(sound, rate), ONSETS, atol=1e-3)
            assert defaults(out) == [False] * kept + [True]


def defaults(path) -> list[bool]:
    """Whether each audio stream is one that players choose by themselves."""
    return ["(default)" in line for line in described(path).splitlines() if "Audio:" in line]


def test_the_same_input_gives_the_same_bytes(studio, tmp_path):
    track = clicks(tmp_path / "track.wav")
    for suffix in (".mp4", ".mov", ".mkv", ".webm", ".avi"):
        video = (
            studio.video("a.webm", *PLAIN, vcodec="libvpx") if suffix == ".webm" else studio.video("a.mp4", "-bf", 0)
        )
        for name in ("one", "two"):
            mux(video, track, tmp_path / f"{name}{suffix}")
        assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_the_video_itself_is_never_overwritten(studio, tmp_path):
    video = studio.video("a.mp4")
    before = video.read_bytes()
    (tmp_path / "link.mp4").symlink_to(video)
    for out in (video, tmp_path / "link.mp4"):
        for write in (lambda out: mux(video, clicks(tmp_path / "track.wav"), out), lambda out: copy_video(video, out)):
            with pytest.raises(InputError, match="is the video itself"):
                write(out)
    assert video.read_bytes() == before


def refused(video, track, out, sound="replace") -> str:
    with pytest.raises(InputError) as caught:
        mux(video, track, out, sound)
    assert "\n" not in str(caught.value)
    assert not out.exists()
    return str(caught.value)


def test_what_a_container_cannot_carry_is_one_line_that_names_one_that_can(studio, tmp_path):
    track = clicks(tmp_path / "track.wav")
    vp8 = studio.video("a.mkv", *PLAIN, vcodec="libvpx")
    said = refused(vp8, track, tmp_path / "out.mp4")
    assert said == f"{vp8}: its picture (vp8) cannot be carried by .mp4; let the output end in .mkv or .webm or .avi"
    h264 = studio.video("a.mp4", *PLAIN, "-c:a", "aac", wav=studio.click(0.5))
    assert "let the output end in .mp4 or .m4v or .mov or .mkv" in refused(h264, track, tmp_path / "out.webm")
    vorbis = studio.video("v.mkv", *PLAIN, "-c:a", "wavpack", wav=studio.click(0.5))
    assert "or its sound" in refused(vorbis, track, tmp_path / "out.mp4", sound="keep")
    mux(vorbis, track, tmp_path / "out.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "track.wav"]


@pytest.mark.parametrize("name", ["uneven", "turned", "mp4", "late"])
def test_times_and_turns_that_an_avi_cannot_carry_are_refused(studio, tmp_path, name):
    said = refused(made(studio, name), clicks(tmp_path / "track.wav"), tmp_path / "out.avi")
    assert ".mkv" in said.split("let the output end in")[1]


@pytest.mark.parametrize("name", ["mjpeg", "divx", "h264"])
def test_an_avi_may_stay_one(studio, tmp_path, name):
    video = made(studio, name)
    mux(video, clicks(tmp_path / "track.wav"), tmp_path / "out.avi")
    assert digest(studio, tmp_path / "out.avi") == digest(studio, video)


def test_bad_input_is_one_line_and_leaves_nothing(studio, tmp_path):
    track = clicks(tmp_path / "track.wav")
    video = studio.video("a.mp4")
    cut = studio.folder / "cut.mp4"
    cut.write_bytes(video.read_bytes()[:700])
    (tmp_path / "text.wav").write_text("text")
    assert "has no picture" in refused(track, track, tmp_path / "out.mp4")
    assert str(cut) in refused(cut, track, tmp_path / "out.mp4")
    assert "no such file" in refused(studio.folder / "absent.mp4", track, tmp_path / "out.mp4")
    assert "text.wav: cannot be read" in refused(video, tmp_path / "text.wav", tmp_path / "out.mp4")
    assert "absent.wav: no such file" in refused(video, tmp_path / "absent.wav", tmp_path / "out.mp4")
    assert "let it end in .mp4, .m4v" in refused(video, track, tmp_path / "out.wmv")
    with pytest.raises(ValueError, match="give one of replace, mix, keep"):
        mux(video, track, tmp_path / "out.mp4", sound="louder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["text.wav", "track.wav"]


def test_a_video_without_hits_is_copied_as_it_is(studio, tmp_path):
    video = studio.video("a.mp4", *PLAIN, "-c:a", "aac", wav=studio.click(1.3))
    copy_video(video, tmp_path / "same.mp4")
    assert (tmp_path / "same.mp4").read_bytes() == video.read_bytes()
    for suffix in (".mkv", ".mov"):
        copy_video(video, tmp_path / f"other{suffix}")
        for stream in ("0:V", "0:a"):
            assert digest(studio, tmp_path / f"other{suffix}", stream) == digest(studio, video, stream)
    silent = studio.video("silent.mts", "-f", "mpegts", *PLAIN)
    copy_video(silent, tmp_path / "silent.mts")
    assert (tmp_path / "silent.mts").read_bytes() == silent.read_bytes()
    copy_video(silent, tmp_path / "silent.mp4")
    assert decoded(studio, tmp_path / "silent.mp4") == decoded(studio, silent)
    with pytest.raises(InputError, match="has no picture"):
        copy_video(studio.click(0.5), tmp_path / "out.wav")


def test_a_sound_that_is_cut_fades():
    sound = faded(np.ones(1000), 10000)
    assert (
        (sound[:950] == 1).all() and sound[-1] == 0 and np.diff(sound[949:]).max() < 0 and np.diff(sound).min() > -0.04
    )


def test_a_real_video_keeps_its_picture(studio, tmp_path):
    if not REAL.is_dir():
        pytest.skip("needs ../shared/data/greatest_hits_mini")
    video = REAL / "2015-01-01-00-00-01_denoised.mp4"
    onsets = [0.9, 3.21]
    mux(video, clicks(tmp_path / "track.wav", 44100, 6, onsets), tmp_path / "out.mp4")
    assert digest(studio, video) == digest(studio, tmp_path / "out.mp4")
    np.testing.assert_allclose(heard(read_sound(tmp_path / "out.mp4", 44100), 44100, onsets), onsets, atol=1e-3)
