"""A blend's weights are a softmax in units of the bank's own spacing; matches are found by their clips."""

import numpy as np
import pytest

from impactsound import store
from impactsound.errors import InputError
from impactsound.retrieval.bank import blend_weights, matched, neighbours
from impactsound.retrieval.index import Index


def latents(entries, seed=0):
    return np.random.default_rng(seed).normal(size=(entries, 16))


def test_weights_do_not_depend_on_the_scale_of_the_latents():
    keys, queries, video = latents(40), latents(5, 1), np.arange(40) // 4
    banks = {by: Index(by * keys) for by in (1.0, 100.0)}
    weights = [
        blend_weights(bank.nearest(by * queries, 6)[0], "softmax", 0.5, bank.spacing(by * keys, video))
        for by, bank in banks.items()
    ]
    np.testing.assert_allclose(*weights, rtol=1e-3)


@pytest.mark.parametrize("how", ["softmax", "uniform"])
def test_weights_are_shares_and_fall_with_the_distance(how):
    weight = blend_weights(np.sort(latents(9) ** 2), how, 0.3, 2.0)
    np.testing.assert_allclose(weight.sum(1), 1, rtol=1e-5)
    assert (np.diff(weight) <= 0).all() and weight.dtype == np.float32


def test_temperature_leads_from_the_nearest_alone_to_all_alike():
    distance = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_allclose(blend_weights(distance, "softmax", 1e-3, 1.0), [[1, 0, 0]], atol=1e-6)
    np.testing.assert_allclose(blend_weights(distance, "softmax", 1e6, 1.0), 1 / 3, rtol=1e-5)


def test_weights_are_finite_where_all_look_the_same():
    assert blend_weights(np.zeros((1, 4)), "softmax", 1.0, 0.0).tolist() == [[0.25] * 4]


def test_matches_are_found_by_clip(tmp_path):
    with store.create(tmp_path / "matches.h5", "matches/1", {}, {}) as file:
        store.write_clips(file, ["a", "b", "c"])
        store.write_names(file, "matched", ["x", "y", "z"])
        store.write_names(file, "neighbours", [["x", "y"], ["y", "z"], ["z", "x"]])
        file.create_dataset("weight", data=np.array([[1.0, 0.0], [0.5, 0.5], [0.75, 0.25]], np.float32))
    assert matched(tmp_path / "matches.h5", ["c", "a"]) == ["z", "x"]
    names, weight = neighbours(tmp_path / "matches.h5", ["c", "a"])
    assert names.tolist() == [["z", "x"], ["x", "y"]] and weight.tolist() == [[0.75, 0.25], [1.0, 0.0]]
    with pytest.raises(InputError, match="no clip 'd'"):
        matched(tmp_path / "matches.h5", ["d"])
