"""A hit is matched with what looks most alike, of all materials and of each."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from impactsound.dubbing.match import match, see
from impactsound.media.frames import decode, encode
from impactsound.vision.frames import evaluation_frames

METRICS = {"euclidean": "euclidean", "l1": "cityblock", "cosine": "cosine"}


@pytest.mark.parametrize("distance", METRICS)
def test_the_nearest_of_all_and_of_each_material(model, latent, distance):
    other = dataclasses.replace(model, settings=dataclasses.replace(model.settings, distance=distance))
    exact = cdist(latent.numpy(), model.bank.latent, METRICS[distance])
    for row, hit in enumerate(match(other, latent, [0.0] * 4, [None] * 4)):
        assert hit.matched == model.bank.clips[exact[row].argmin()] and hit.id == row
        assert hit.distance == pytest.approx(exact[row].min(), rel=1e-4)
        assert hit.material == hit.matched.split("/")[0] and hit.others[hit.material] == hit.matched
        for material, clip in hit.others.items():
            same = model.bank.material == material
            assert clip == model.bank.clips[np.where(same, exact[row], np.inf).argmin()]
        assert list(hit.others) == ["glass", "wood", "metal"]


def test_beyond_the_reach_is_far(model, latent):
    found = match(model, latent, [0.0] * 4, [None] * 4)
    assert [hit.far for hit in found] == [False, False, False, True]
    for share, far in ((1.0, False), (0.999, True)):
        settings = dataclasses.replace(model.settings, reach=share * found[3].distance)
        assert match(dataclasses.replace(model, settings=settings), latent, [0.0] * 4, [None] * 4)[3].far is far
    assert [hit.matched for hit in found[:3]] == ["glass/001", "wood/001", "metal/001"]


def test_a_hit_has_the_physics_of_its_match_and_times_that_are_written_whole(model, latent):
    (hit,) = match(model, latent[:1], [np.float64(1 / 3)], [np.float32(0.123456)])
    assert hit.time == 0.333333 and hit.probability == 0.1235 and type(hit.time) is float
    assert torch.equal(hit.physics.modes.power, model.bank.physics.modes.power[1])


def test_no_hits_have_no_matches(model):
    assert match(model, see(model, []), [], []) == []


def test_what_is_seen_is_the_encoders_latent_and_no_other_hits(model):
    draw = np.random.default_rng(0)
    pictures = draw.integers(0, 256, (3, 6, 4, 4, 3), dtype=np.uint8).repeat(8, axis=2).repeat(8, axis=3)
    windows = [[encode(frame) for frame in window] for window in pictures]
    seen = see(model, iter(windows))
    assert torch.equal(seen[1:2], see(model, windows[1:2])) and seen.shape == (3, 512)
    with torch.inference_mode():
        shown = np.stack([[decode(jpeg) for jpeg in window] for window in windows])
        asked = model.vision.latent(evaluation_frames(torch.from_numpy(shown), 6))
    torch.testing.assert_close(seen, asked, rtol=1e-4, atol=1e-4)
