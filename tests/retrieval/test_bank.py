"""Search agrees with the distances of scipy."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from impactsound import store
from impactsound.errors import InputError
from impactsound.retrieval.bank import check_same_encoder, matched, nearest


def test_neighbours_are_those_of_the_distance_matrix():
    rng = np.random.default_rng(0)
    keys, queries = rng.normal(size=(200, 16)), rng.normal(size=(30, 16))
    distance, rows = nearest(keys, queries, k=3)
    exact = cdist(queries, keys)
    assert (rows == np.argsort(exact, axis=1)[:, :3]).all()
    np.testing.assert_allclose(distance, np.sort(exact, axis=1)[:, :3], rtol=1e-4)


def test_an_entry_finds_itself():
    keys = np.random.default_rng(1).normal(size=(50, 8))
    assert nearest(keys, keys)[1][:, 0].tolist() == list(range(50))


def test_too_small_a_bank_is_refused():
    with pytest.raises(ValueError, match="0 entries"):
        nearest(np.zeros((0, 4)), np.zeros((1, 4)))


def test_latents_of_another_encoder_are_refused(tmp_path):
    for name, weights in (("bank", "aa"), ("same", "aa"), ("other", "bb")):
        settings = {"depth": 18, "weights": weights}
        store.write(tmp_path / f"{name}.h5", "visual/1", ["a"], settings, {}, latent=np.zeros((1, 4)))
    check_same_encoder(tmp_path / "bank.h5", tmp_path / "same.h5")
    with pytest.raises(InputError, match=r"other\.h5.*not of the encoder of the bank.*bank\.h5"):
        check_same_encoder(tmp_path / "bank.h5", tmp_path / "other.h5")


def test_matches_are_found_by_clip(tmp_path):
    with store.create(tmp_path / "matches.h5", "matches/1", {}, {}) as file:
        store.write_clips(file, ["a", "b", "c"])
        store.write_names(file, "matched", ["x", "y", "z"])
    assert matched(tmp_path / "matches.h5", ["c", "a"]) == ["z", "x"]
    with pytest.raises(InputError, match="no clip 'd'"):
        matched(tmp_path / "matches.h5", ["d"])
