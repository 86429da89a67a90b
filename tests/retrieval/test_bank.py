"""Search agrees with the distances of scipy."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from impactsound.retrieval.bank import nearest


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
