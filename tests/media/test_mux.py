"""The picture is untouched and the sound is heard when it should be."""

from pathlib import Path

import numpy as np
import pytest

from impactsound.errors import InputError
from impactsound.media.ffmpeg import length, read_frames, read_sound
from impactsound.media.mux import mix, mux

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "greatest_hits_mini" / "vis-data-256"


def packets(studio, path) -> bytes:
    return studio.ffmpeg("-i", path, "-map", "0:V", "-c", "copy", "-f", "md5", "-")


def decoded(studio, path) -> list[bytes]:
    lines = studio.ffmpeg("-i", path, "-map", "0:V", "-fps_mode", "passthrough", "-f", "framemd5", "-")
    return [line.split(b",")[-1] for line in lines.splitlines() if not line.startswith(b"#")]


def clicks(onsets, sample_rate: int, duration: float) -> np.ndarray:
    sound = np.zeros(round(duration * sample_rate), np.float32)
    for onset in onsets:
        start = round(onset * sample_rate)
        sound[start : start + max(sample_rate // 4000, 1)] = 0.9
    return sound


def heard(path, sample_rate: int, onsets) -> list[float]:
    """Times of the loudest sample within 50 ms of each onset."""
    sound = np.abs(read_sound(path, sample_rate))
    found = []
    for onset in onsets:
        low, high = (max(round((onset + side) * sample_rate), 0) for side in (-0.05, 0.05))
        found.append((low + sound[low:high].argmax()) / sample_rate)
    return found


@pytest.mark.parametrize(
    ("name", "vcodec", "rate", "sample_rate"),
    [
        ("a.mp4", "libx264", "30000/1001", 44100),
        ("a.mp4", "libx264", "30000/1001", 96000),
        ("a.mp4", "libx264", 60, 8000),
        ("a.mkv", "libx264", 24, 48000),
        ("a.avi", "mpeg4", 25, 48000),
        ("a.webm", "libvpx-vp9", 30, 48000),
    ],
)
def test_the_picture_is_copied_and_a_click_is_in_its_place(studio, tmp_path, name, vcodec, rate, sample_rate):
    video = studio.video(name, "-pix_fmt", "yuv420p", wav=studio.click(1.3), n=90, rate=rate, vcodec=vcodec)
    onsets = [0.2, 0.5, 0.8]
    mux(video, clicks(onsets, sample_rate, 1.6), sample_rate, tmp_path / "out.mp4")
    assert decoded(studio, tmp_path / "out.mp4") == decoded(studio, video)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]
    np.testing.assert_allclose(heard(tmp_path / "out.mp4", 44100, onsets), onsets, atol=1e-3)
    sound = np.abs(read_sound(tmp_path / "out.mp4", 44100))
    assert sound[round(1.29 * 44100) : round(1.32 * 44100)].max() < 0.05


def test_the_stream_itself_is_copied(studio, tmp_path):
    video = studio.video("a.mp4", "-pix_fmt", "yuv420p")
    mux(video, np.zeros(100), 44100, tmp_path / "out.mp4")
    assert packets(studio, video) == packets(studio, tmp_path / "out.mp4")


@pytest.mark.parametrize("duration", [0.1, 5.0])
def test_the_result_lasts_as_long_as_the_picture(studio, tmp_path, duration):
    video = studio.video("a.mp4", wav=studio.click(0.5, duration=3))
    sound = 0.1 * np.ones((round(duration * 48000), 2))
    mux(video, sound, 48000, tmp_path / "out.mp4")
    assert length(tmp_path / "out.mp4", "V:0") == pytest.approx(2.0, abs=1e-3)
    assert length(tmp_path / "out.mp4", "a:0") == pytest.approx(2.0, abs=1024 / 48000)
    assert len(read_sound(tmp_path / "out.mp4", 48000)) == pytest.approx(2 * 48000, abs=1024)


def test_the_same_input_gives_the_same_bytes_and_may_be_replaced(studio, tmp_path):
    video = studio.video("a.mp4")
    for name in ("one.mp4", "two.mp4", "two.mp4"):
        mux(video, clicks([0.5], 44100, 1), 44100, tmp_path / name)
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()
    before = decoded(studio, video)
    mux(video, clicks([0.5], 44100, 1), 44100, video)
    assert decoded(studio, video) == before


def test_a_turned_picture_stays_turned(studio, tmp_path):
    turned = studio.folder / "turned.mp4"
    studio.ffmpeg("-display_rotation", 90, "-i", studio.video("a.mp4", size=(32, 64)), "-c", "copy", turned)
    mux(turned, np.zeros(10), 44100, tmp_path / "out.mp4")
    for before, after in zip(read_frames(turned, 30, 32), read_frames(tmp_path / "out.mp4", 30, 32), strict=True):
        np.testing.assert_array_equal(before, after)


def test_what_mp4_cannot_carry_is_one_line_and_leaves_nothing(studio, tmp_path):
    video = studio.video("a.mkv", vcodec="libvpx")
    with pytest.raises(InputError, match=r"a\.mkv: .*convert it to H\.264"):
        mux(video, np.zeros(10), 44100, tmp_path / "out.mp4")
    with pytest.raises(InputError, match="has no picture"):
        mux(studio.click(0.5), np.zeros(10), 44100, tmp_path / "out.mp4")
    with pytest.raises(ValueError, match="not numbers"):
        mux(video, np.array([np.nan]), 44100, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_hits_are_added_where_they_fall():
    track = mix([(0.1, np.full(1000, 0.25)), (0.15, np.full(1000, 0.5))], 3000, 10000)
    assert track.dtype == np.float32
    assert track[999] == 0 and track[1000] == 0.25 and track[1600] == 0.75 and track[2200] == 0.5
    assert np.abs(np.diff(track[1900:2001])).max() < 0.02 and np.abs(np.diff(track[2400:2600])).max() < 0.02


def test_only_what_exceeds_full_scale_is_scaled():
    loud = mix([(0.0, np.full(1000, 0.9)), (0.05, np.full(1000, 0.9))], 2000, 10000)
    assert np.abs(loud).max() == 1 and loud[10] == pytest.approx(0.5)
    assert mix([], 5, 10000).tolist() == [0] * 5
    outside = mix([(-0.1, np.ones(2000)), (0.15, np.ones(2000)), (9.0, np.ones(10))], 2000, 10000)
    assert outside[0] == 1 and outside[-1] == 1


def test_a_real_video_keeps_its_picture(studio, tmp_path):
    if not REAL.is_dir():
        pytest.skip("needs ../shared/data/greatest_hits_mini")
    video = REAL / "2015-01-01-00-00-01_denoised.mp4"
    mux(video, clicks([0.9, 3.21], 44100, 6), 44100, tmp_path / "out.mp4")
    assert packets(studio, video) == packets(studio, tmp_path / "out.mp4")
    np.testing.assert_allclose(heard(tmp_path / "out.mp4", 44100, [0.9, 3.21]), [0.9, 3.21], atol=1e-3)
