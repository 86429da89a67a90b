"""Features are the same in pieces as in one, and the same read again; a video that is none is said to be."""

import numpy as np
import pytest
import torch

from impactsound import store
from impactsound.errors import InputError
from impactsound.onset import features
from impactsound.onset.features import SCHEMA, Features, latents, reach_of, video_features, windows, write
from impactsound.onset.views import View
from impactsound.vision.tsm import TSM


@pytest.mark.parametrize(("n", "piece", "reach"), [(0, 3, 1), (1, 3, 2), (10, 3, 2), (12, 4, 4), (9, 4, 7), (30, 7, 3)])
def test_pieces_hold_every_frame_once_with_its_neighbours(n, piece, reach):
    done = []
    for window, inner in windows((np.array(number) for number in range(n)), piece, reach):
        place = window.tolist()
        first, last = place[inner][0], place[inner][-1]
        assert place == list(range(max(0, first - reach), place[-1] + 1))
        assert place[-1] >= min(last + reach, n - 1)
        done += place[inner]
    assert done == list(range(n))


def test_the_mean_of_the_frames_latents_is_the_clips(vision):
    frames = torch.rand(9, 3, 48, 48)
    with torch.inference_mode():
        found = latents(vision, frames)
        torch.testing.assert_close(found.mean(0), vision.latent(frames[None])[0])
    assert found.shape == (9, vision.dim) and not torch.allclose(found[0], found[4], rtol=1e-3)


def test_the_encoder_sees_no_further_than_its_reach(vision):
    frames = torch.rand(30, 3, 32, 32)
    other = frames.clone()
    other[25] = 0.0
    with torch.inference_mode():
        differ = (latents(vision, frames) - latents(vision, other)).abs().amax(1) > 1e-6
    assert 25 - reach_of(vision) + 2 <= int(differ.nonzero()[0]) < 25
    assert reach_of(vision) == 10 and reach_of(TSM(50, classes=2)) == 18


def test_a_video_in_pieces_is_as_in_one(vision, bar, monkeypatch):
    path = bar([0.5, 1.0, 1.6], 61)
    whole = video_features(path, vision, 30.0, 48)
    assert [len(part) for part in whole] == [61, 61] and not any(part[0].any() for part in whole)
    monkeypatch.setattr(features, "piece_of", lambda size: 7)
    for part, other in zip(whole, video_features(path, vision, 30.0, 48), strict=True):
        torch.testing.assert_close(other, part, atol=1e-5, rtol=1e-4)


def test_a_film_of_half_the_frames_goes_on_in_those_repeated(vision, bar):
    half = video_features(bar([0.5, 1.0], 30, rate=15.0), vision, 30.0, 48)
    assert len(half[0]) == 60
    for part in half:
        torch.testing.assert_close(part[3::2], part[2:-1:2])
        assert (part[2:].flatten(1).abs().amax(1) > 0).float().mean() > 0.9


def test_what_is_written_is_read_again_and_nothing_is_beyond_the_ends(vision, bar, tmp_path):
    near = View(1.4, 0.9, 0.2, 1.25)
    videos = {"b": (bar([0.4], 20), View()), "a": (bar([0.6], 33), near)}
    for workers in (1, 2):
        write(tmp_path / f"{workers}.h5", videos, vision, 30.0, 48, workers)
    assert (tmp_path / "1.h5").read_bytes() == (tmp_path / "2.h5").read_bytes()
    with store.open(tmp_path / "1.h5", SCHEMA) as file:
        found = Features(file, ["a", "b"])
        assert found.frames.tolist() == [27, 20] and (len(found), found.dim) == (2, vision.dim)
        assert found.pace.tolist() == [1.25, 1.0]
        for video, name in enumerate("ab"):
            for part, other in zip(
                found.whole(video), video_features(videos[name][0], vision, 30.0, 48, videos[name][1]), strict=True
            ):
                torch.testing.assert_close(part, other, atol=1e-3, rtol=1e-3)
        whole = found.whole(0)
        for start, n in ((-4, 10), (23, 10), (-5, 50), (3, 4)):
            for part, other in zip(whole, found.read(0, start, n), strict=True):
                number = start + np.arange(n)
                inside = (number >= 0) & (number < 27)
                assert torch.equal(other[inside], part[number[inside]]) and not other[~inside].any()


def test_what_is_no_video_is_named(vision, tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(InputError, match=r"a\.mp4"):
        video_features(tmp_path / "a.mp4", vision, 30.0, 48)
