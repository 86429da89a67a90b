"""A clip is the frames around its onset and the sound from it, the same however the work is shared out."""

import numpy as np
import pandas as pd
import pytest

from impactsound import store
from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.media.extract import SCHEMA, extract, frames_of

CLIP = Clip(sample_rate=16000, duration=0.25, frames=8, frame_rate=30.0, frame_size=64)


def rows(*hits: tuple) -> pd.DataFrame:
    table = pd.DataFrame(hits, columns=["path_video", "path_sound", "onset"])
    table.insert(0, "clip", [f"video/{place:03d}" for place in range(len(table))])
    return table


def extracted(tmp_path, table, clip=CLIP):
    extract(table, clip, tmp_path / "clips.h5")
    with store.open(tmp_path / "clips.h5", SCHEMA) as file:
        values = {name: file[name][:] for name in file if name not in ("clip", "frames")}
        return frames_of(file, range(len(table)), workers=2), values, store.clips(file)


def test_the_frame_at_the_onset_is_in_its_place(studio, tmp_path):
    video, wav = studio.video("a.mp4"), studio.click(0.5)
    table = rows((video, wav, 0.5), (video, wav, 1.0), (video, wav, 0.601))
    frames, _, clips = extracted(tmp_path, table)
    assert clips == ["video/000", "video/001", "video/002"]
    seen = [[studio.number(frame) for frame in window] for window in frames]
    assert seen == [[first + step for step in range(8)] for first in (15 - 4, 30 - 4, 18 - 4)]


def test_the_sound_begins_at_the_onset_and_peaks_at_one(studio, tmp_path):
    video, wav = studio.video("a.mp4"), studio.click(0.5, 16000)
    _, values, _ = extracted(tmp_path, rows((video, wav, 0.5), (video, wav, 0.4), (video, wav, 1.2)))
    assert values["sound"].dtype == np.float32 and values["sound"].shape == (3, CLIP.n_samples)
    assert np.flatnonzero(values["sound"][0] > 0.9).tolist() == list(range(8))
    assert np.flatnonzero(values["sound"][1] > 0.9).tolist() == list(range(1600, 1608))
    np.testing.assert_allclose(values["peak"], [0.8, 0.8, 0], atol=1e-6)
    assert not values["sound"][2].any()


def test_the_file_is_the_same_whatever_the_workers(studio, tmp_path):
    videos = [studio.video(f"{name}.mp4", n=40 + 5 * place) for place, name in enumerate("abcd")]
    wav = studio.click(0.5)
    table = rows(*((video, wav, onset) for onset in (0.3, 0.6) for video in videos))
    for workers in (1, 4):
        extract(table, CLIP, tmp_path / f"{workers}.h5", workers=workers)
    assert (tmp_path / "1.h5").read_bytes() == (tmp_path / "4.h5").read_bytes()


def test_rows_are_independent_of_each_other(studio, tmp_path):
    video, wav = studio.video("a.mp4"), studio.click(0.5)
    table = rows((video, wav, 0.3), (video, wav, 0.5), (video, wav, 0.9))
    frames, values, _ = extracted(tmp_path, table)
    backwards, others, _ = extracted(tmp_path, table.iloc[::-1])
    np.testing.assert_array_equal(frames, backwards[::-1])
    np.testing.assert_array_equal(values["sound"], others["sound"][::-1])


@pytest.mark.parametrize("onset", [0.05, 1.99, 5.0])
def test_a_window_outside_the_video_is_refused(studio, tmp_path, onset):
    video, wav = studio.video("a.mp4"), studio.click(0.5)
    with pytest.raises(InputError, match=r"a\.mp4: does not hold"):
        extract(rows((video, wav, onset)), CLIP, tmp_path / "clips.h5")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_in_one_video_leaves_nothing(studio, tmp_path):
    video, wav = studio.video("a.mp4"), studio.click(0.5)
    table = rows((video, wav, 0.5), (studio.folder / "absent.mp4", wav, 0.5), (video, video, 0.5))
    for bad, reason in ((1, r"absent\.mp4: no such file"), (2, r"a\.mp4: has no sound")):
        with pytest.raises(InputError, match=reason):
            extract(table.iloc[[0, bad]], CLIP, tmp_path / "clips.h5", workers=2)
        assert list(tmp_path.iterdir()) == []


def test_no_rows_make_an_empty_file(tmp_path):
    extract(rows(), CLIP, tmp_path / "clips.h5")
    with store.open(tmp_path / "clips.h5", SCHEMA) as file:
        assert file["sound"].shape == (0, CLIP.n_samples)
        assert frames_of(file, []).shape == (0, 8, 64, 64, 3)


def test_memory_does_not_grow_with_the_video(studio, tmp_path, monkeypatch):
    """Decoded frames are let go as they come: no more than a few are ever alive."""
    import weakref

    from impactsound.media import frames as module

    alive, most = weakref.WeakSet(), 0

    def counted(*arguments):
        nonlocal most
        for frame in read_frames(*arguments):
            copy = Counted(frame.shape, np.uint8)
            copy[:] = frame
            alive.add(copy)
            most = max(most, len(alive))
            yield copy

    class Counted(np.ndarray):
        __hash__ = object.__hash__

    read_frames = module.read_frames
    monkeypatch.setattr(module, "read_frames", counted)
    video = studio.video("a.mp4", n=200)
    extract(rows((video, studio.click(0.5), 1.0), (video, studio.click(0.5), 1.5)), CLIP, tmp_path / "a.h5")
    assert most < 4
