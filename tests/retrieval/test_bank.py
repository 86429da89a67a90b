"""Search agrees with the distances of scipy; a blend's weights are a softmax in units of the bank's own spacing."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from impactsound import store
from impactsound.errors import InputError
from impactsound.retrieval.bank import blend_weights, matched, nearest, neighbours, spacing


def latents(entries, seed=0):
    return np.random.default_rng(seed).normal(size=(entries, 16))


@pytest.mark.parametrize(
    "distance, metric",
    [("euclidean", "euclidean"), ("l1", "cityblock"), ("cosine", "cosine"), ("embedding", "cosine")],
)
def test_neighbours_are_those_of_the_distance_matrix(distance, metric):
    keys, queries = latents(200), latents(30, 1)
    found, rows = nearest(keys, queries, 3, distance)
    exact = cdist(queries, keys, metric)
    assert (rows == np.argsort(exact, axis=1)[:, :3]).all()
    np.testing.assert_allclose(found, np.sort(exact, axis=1)[:, :3], rtol=1e-4)


def test_looking_up_leaves_the_latents_as_they_are():
    keys = latents(20).astype(np.float32)
    before = keys.copy()
    nearest(keys, keys, distance="cosine")
    assert (keys == before).all()


@pytest.mark.parametrize("distance", ["euclidean", "l1", "cosine"])
def test_an_entry_finds_itself(distance):
    keys = latents(50)
    found, rows = nearest(keys, keys, distance=distance)
    assert rows[:, 0].tolist() == list(range(50))
    np.testing.assert_allclose(found, 0, atol=2e-3)


def test_too_small_a_bank_is_refused():
    with pytest.raises(ValueError, match="0 entries"):
        nearest(np.zeros((0, 4)), np.zeros((1, 4)))


@pytest.mark.parametrize("distance, metric", [("euclidean", "euclidean"), ("l1", "cityblock"), ("cosine", "cosine")])
def test_spacing_is_the_mean_distance_to_the_nearest_of_another_video(distance, metric):
    keys = latents(30)
    video = np.repeat(["a", "b", "c"], [4, 18, 8])
    keys[video == "b"] = keys[video == "b"][:1] + 1e-3 * latents(18, 2)  # nearest each other by far
    apart = cdist(keys, keys, metric)
    apart[video[:, None] == video] = np.inf
    assert spacing(keys, keys, video, distance) == pytest.approx(apart.min(1).mean(), rel=1e-4)


def test_spacing_of_a_single_video_is_one():
    assert spacing(latents(5), latents(5), np.full(5, "a")) == 1


def test_weights_do_not_depend_on_the_scale_of_the_latents():
    keys, queries, video = latents(40), latents(5, 1), np.arange(40) // 4
    weights = [
        blend_weights(nearest(by * keys, by * queries, 6)[0], "softmax", 0.5, spacing(by * keys, by * keys, video))
        for by in (1.0, 100.0)
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
