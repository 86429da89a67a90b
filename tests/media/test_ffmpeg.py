"""Frames and sound come out at their own times, whatever the container; a bad file is one line."""

import numpy as np
import pytest
import soundfile

from impactsound.errors import InputError
from impactsound.media.ffmpeg import EARLY, channel_blocks, length, read_frames, read_sound, sound_format, write_video

RATE = 30000 / 1001


def shown(times: np.ndarray, at: float) -> int:
    """Number of the frame that is shown at a time."""
    return max(int(np.searchsorted(times, at, side="right")) - 1, 0)


def test_a_written_video_is_read_back(studio, tmp_path):
    frames = studio.numbered(40, 48, 80)
    write_video(tmp_path / "a.mp4", frames, RATE)
    read = list(read_frames(tmp_path / "a.mp4", RATE, 64))
    assert [studio.number(frame) for frame in read] == list(range(40))
    assert length(tmp_path / "a.mp4", "V:0") == pytest.approx(40 / RATE, abs=1e-6)


def test_the_same_frames_give_the_same_bytes(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), np.uint8)
    write_video(tmp_path / "a.mp4", noise, 24)
    write_video(tmp_path / "b.mp4", iter(noise), 24)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.parametrize("shape", [(0, 32, 32, 3), (2, 31, 32, 3)])
def test_frames_that_cannot_be_written_leave_nothing(tmp_path, shape):
    with pytest.raises(ValueError, match=r"a\.mp4"):
        write_video(tmp_path / "a.mp4", np.zeros(shape, np.uint8), 24)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_writing_leaves_the_old_file(tmp_path):
    (tmp_path / "a.mp4").write_text("old")
    frames = [np.zeros((32, 32, 3), np.uint8), np.zeros((32, 34, 3), np.uint8)]
    with pytest.raises(ValueError, match="the first"):
        write_video(tmp_path / "a.mp4", frames, 24)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_text() == "old"


@pytest.mark.parametrize(
    ("name", "vcodec", "rate"),
    [
        ("a.mp4", "libx264", 24),
        ("a.mp4", "libx264", 60),
        ("a.mp4", "mpeg4", 25),
        ("a.mkv", "libx264", "30000/1001"),
        ("a.mov", "libx264", "30000/1001"),
        ("a.webm", "libvpx-vp9", 30),
        ("a.avi", "mjpeg", "30000/1001"),
        ("a.avi", "mpeg4", 15),
    ],
)
def test_a_frame_is_the_one_shown_at_its_time(studio, name, vcodec, rate):
    path = studio.video(name, "-pix_fmt", "yuvj420p" if vcodec == "mjpeg" else "yuv420p", rate=rate, vcodec=vcodec)
    source_rate = RATE if isinstance(rate, str) else rate
    times = np.arange(60) / source_rate
    numbers = [studio.number(frame) for frame in read_frames(path, RATE, 64)]
    assert len(numbers) == pytest.approx(60 / source_rate * RATE, abs=1)
    for place, seen in enumerate(numbers):
        at = place / RATE
        assert seen in {shown(times, at), shown(times, at + 2 * EARLY)}
    if source_rate == RATE:
        assert numbers == list(range(60))
    assert length(path, "V:0") == pytest.approx(60 / source_rate, abs=0.002)


@pytest.mark.parametrize(
    ("name", "vcodec", "options"),
    [
        ("a.ts", "libx264", ["-pix_fmt", "yuv420p", "-bf", 2]),
        ("a.m2ts", "libx265", ["-pix_fmt", "yuv420p", "-x265-params", "log-level=none"]),
        ("a.mpg", "mpeg1video", []),
        ("a.vob", "mpeg2video", ["-f", "vob"]),
        ("a.flv", "flv", []),
        ("a.wmv", "wmv2", []),
        ("a.3gp", "mpeg4", []),
        ("a.mxf", "mpeg2video", []),
        ("a.nut", "ffv1", []),
        ("a.ogv", "libtheora", ["-q:v", 9]),
        ("a.mov", "prores", []),
        ("a.mp4", "libsvtav1", ["-pix_fmt", "yuv420p", "-svtav1-params", "lp=1"]),
    ],
)
def test_what_people_have_is_read(studio, name, vcodec, options):
    path = studio.video(name, *options, n=25, rate=25, vcodec=vcodec)
    numbers = [studio.number(frame) for frame in read_frames(path, 25, 64)]
    assert len(numbers) == pytest.approx(25, abs=3) and numbers[-1] >= 23
    assert np.diff(numbers).min() >= 0 and np.diff(numbers).max() <= 1
    assert length(path, "V:0") == pytest.approx(1.0, abs=0.1)


def test_frames_of_uneven_length(studio):
    uneven = "settb=1/1000,setpts='(N+0.4*mod(N,3))/25/TB'"
    path = studio.video("a.mkv", "-vf", uneven, "-fps_mode", "passthrough", "-enc_time_base", "1/1000", rate=25)
    times = (np.arange(60) + 0.4 * (np.arange(60) % 3)) / 25
    for place, frame in enumerate(read_frames(path, 30, 64)):
        assert studio.number(frame) in {shown(times, place / 30), shown(times, place / 30 + 2 * EARLY)}


def test_a_picture_that_starts_late_is_shown_from_zero_and_keeps_its_times(studio):
    wav = studio.click(0.5)
    path = studio.video("a.mkv", "-c:a", "pcm_s16le", wav=wav)
    late = studio.folder / "late.mkv"
    studio.ffmpeg("-i", wav, "-itsoffset", 0.2, "-i", path, "-map", "1:v", "-map", "0:a", "-c", "copy", late)
    numbers = [studio.number(frame) for frame in read_frames(late, 30, 64)]
    assert numbers[:7] == [0] * 7
    assert numbers[7:16] == list(range(1, 10))


def test_an_upright_picture_out_of_a_turned_one(studio):
    path = studio.video("a.mp4", "-pix_fmt", "yuv420p", n=200, rate=100)
    turned = studio.folder / "turned.mp4"
    studio.ffmpeg("-display_rotation", 90, "-i", path, "-c", "copy", turned)
    straight = list(read_frames(path, 25, 64))[20].astype(int)
    frame = list(read_frames(turned, 25, 64))[20].astype(int)
    assert np.abs(np.rot90(straight) - frame).mean() < 8


def test_size_is_a_square_whatever_the_aspect(studio):
    path = studio.video("a.mp4", "-pix_fmt", "yuv420p", n=5, size=(36, 128))
    read = list(read_frames(path, 30, 48))
    assert read[3].shape == (48, 48, 3) and studio.number(read[3]) == 3


@pytest.mark.parametrize(("sample_rate", "channels"), [(8000, 1), (44100, 6), (48000, 2), (96000, 2)])
def test_a_click_is_heard_at_its_time(studio, sample_rate, channels):
    sound = read_sound(studio.click(0.5, sample_rate, channels), 44100)
    assert sound.dtype == np.float32
    assert len(sound) == pytest.approx(2 * 44100, abs=16)
    loud = np.flatnonzero(np.abs(sound) > 0.4)
    assert loud[0] / 44100 == pytest.approx(0.5, abs=2e-4)


@pytest.mark.parametrize(
    ("name", "codec", "tolerance"),
    [
        ("a.mp4", ["-c:a", "aac"], 1e-3),
        ("a.mov", ["-c:a", "pcm_s16le"], 3e-4),
        ("a.avi", ["-c:a", "pcm_s16le"], 3e-4),
        ("a.mkv", ["-c:a", "flac"], 1e-3),
        ("a.webm", ["-c:a", "libopus"], 2e-3),
    ],
)
@pytest.mark.parametrize("delay", [0.0, 0.25])
def test_sound_keeps_its_place_beside_the_picture(studio, name, codec, tolerance, delay):
    delay = 0.0 if name == "a.avi" else delay  # an AVI's tracks start together
    vcodec = "libvpx-vp9" if name.endswith("webm") else "mpeg4"
    path = studio.video(name, *codec, n=30, wav=studio.click(0.5), delay=delay, vcodec=vcodec)
    sound = np.abs(read_sound(path, 44100))
    first = np.flatnonzero(sound > 0.4 * sound.max())[0] / 44100
    flash = [studio.number(frame) for frame in read_frames(path, 30, 64)].index(12) / 30
    assert first - flash == pytest.approx(0.5 + delay - 12 / 30, abs=tolerance + (0.034 if name == "a.webm" else 0))


@pytest.mark.parametrize(("sample_rate", "channels"), [(8000, 1), (44100, 2), (48000, 6)])
def test_channels_as_they_are_or_as_stereo(studio, sample_rate, channels):
    path = studio.click(0.5, sample_rate, channels, duration=1)
    assert sound_format(path) == (sample_rate, channels)
    for asked in (None, 2):
        blocks = list(channel_blocks(path, 44100, asked))
        assert {block.shape[1] for block in blocks} == {asked or channels}
        loud = np.flatnonzero(np.abs(np.concatenate(blocks)).max(axis=1) > 0.4)
        assert loud[0] / 44100 == pytest.approx(0.5, abs=2e-4)


def test_channels_are_averaged(tmp_path):
    time = np.arange(44100) / 44100
    left = 0.8 * np.sin(2 * np.pi * 440 * time)
    soundfile.write(tmp_path / "a.wav", np.stack([left, 0 * left], 1), 44100, subtype="FLOAT")
    np.testing.assert_allclose(read_sound(tmp_path / "a.wav", 44100), left / 2, atol=1e-6)


def test_resampling_keeps_a_tone_and_drops_what_cannot_be_held(tmp_path):
    time = np.arange(96000) / 96000
    for frequency, kept in ((1000, 0.5), (18000, 0.5), (26000, 0.0)):
        soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * frequency * time), 96000, subtype="FLOAT")
        middle = read_sound(tmp_path / "a.wav", 44100)[2000:-2000]
        assert np.sqrt(2) * middle.std() == pytest.approx(kept, abs=0.002)


@pytest.mark.parametrize("name", ["-i.mp4", "a b.mp4", 'it\'s "it".mp4', "100%d.mp4", "ü;$(id)\n.mp4", "http:a.mp4"])
def test_any_name_will_do(studio, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    write_video(name, studio.numbered(4), 30)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert len(list(read_frames(name, 30, 64))) == 4
    with pytest.raises(InputError, match="has no sound"):
        read_sound(name, 8000)


def jpeg(studio) -> bytes:
    studio.ffmpeg("-i", studio.video("one.avi", n=1, vcodec="mjpeg"), studio.folder / "one.jpg")
    return (studio.folder / "one.jpg").read_bytes()


def bad_files(studio):
    whole = studio.video("whole.mp4", "-c:a", "aac", "-movflags", "+faststart", wav=studio.click(0.5)).read_bytes()
    matroska = studio.video("whole.mkv", "-c:a", "pcm_s16le", wav=studio.click(0.5)).read_bytes()
    half = len(whole) // 2
    return {
        "empty.mp4": b"",
        "text.mp4": b"not a video at all\n" * 50,
        "list.mp4": b"ffconcat version 1.0\nfile whole.mp4\n",
        "playlist.mp4": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n",
        "picture.mp4": jpeg(studio),
        "header.mp4": whole[:600],
        "half.mp4": whole[:half],
        "most.mp4": whole[: -len(whole) // 10],
        "half.mkv": matroska[: len(matroska) // 2],
    }


def test_a_bad_file_is_one_line_that_names_it(studio):
    for name, content in bad_files(studio).items():
        path = studio.folder / name
        path.write_bytes(content)
        for read in (lambda path: list(read_frames(path, 30, 32)), lambda path: read_sound(path, 8000)):
            with pytest.raises(InputError) as caught:
                read(path)
            assert str(caught.value).startswith(f"{path}: "), name
            assert "\n" not in str(caught.value) and ";" in str(caught.value)
    with pytest.raises(InputError, match=r"absent\.mp4: no such file"):
        list(read_frames(studio.folder / "absent.mp4", 30, 32))
    with pytest.raises(InputError, match="has no picture"):
        list(read_frames(studio.click(0.5), 30, 32))


def test_a_hole_in_the_picture_is_not_papered_over(studio):
    """What an interrupted download leaves: the file's whole length, zeros at its end."""
    path = studio.video("a.mp4", "-movflags", "+faststart", n=200, size=(240, 320))
    whole = path.read_bytes()
    path.write_bytes(whole[: -len(whole) // 4] + bytes(len(whole) // 4))
    with pytest.raises(InputError, match=r"a\.mp4: cannot be read"):
        list(read_frames(path, 30, 64))


def test_reading_can_be_left_early(studio):
    path = studio.video("a.mp4")
    frames = read_frames(path, 30, 64)
    assert studio.number(next(frames)) == 0
    frames.close()


def hole(studio, later: str, name: str = "hole.mkv"):
    """A video whose frames after the twentieth are shown so many of its units later."""
    shift = f"gt(N\\,20)*{later}"
    whole = studio.video("whole.mkv")
    studio.ffmpeg("-i", whole, "-c", "copy", "-bsf:v", f"setts=pts=PTS+{shift}:dts=DTS+{shift}", studio.folder / name)
    return studio.folder / name


def test_a_hole_of_hours_is_not_filled(studio):
    """A frame for every thirtieth of a second until the next one would be many, all in memory."""
    path = hole(studio, "1e7")  # ms
    for read in (lambda: length(path, "V:0"), lambda: list(read_frames(path, 30, 8))):
        with pytest.raises(InputError, match=r"hole\.mkv: by its own times it lasts too long for its size"):
            read()


def test_a_pause_of_minutes_is_filled(studio):
    path = hole(studio, "1e5", "pause.mkv")
    assert length(path, "V:0") == pytest.approx(102, abs=0.1)
    assert sum(1 for _ in read_frames(path, 1, 8)) == 102


def test_a_sound_cut_in_the_middle_of_a_sample_ends_before_it(studio, monkeypatch):
    """As where ffmpeg is stopped while it writes."""
    from impactsound.media import ffmpeg

    path = studio.click(0.5, channels=2)
    monkeypatch.setattr(ffmpeg, "take", lambda process, size, take=ffmpeg.take: take(process, min(size, 8009)))
    assert {block.shape[1] for block in channel_blocks(path, 48000)} == {2}
