"""Search agrees with scipy where it is exact, overlooks little where it is not, and finds the same each time."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from threadpoolctl import threadpool_limits

from impactsound.errors import InputError
from impactsound.retrieval import cells as cells_module
from impactsound.retrieval import index as index_module
from impactsound.retrieval.cells import Cells, principal
from impactsound.retrieval.index import METRICS, Index, lay_out, nearest

SCIPY = {"euclidean": "euclidean", "l1": "cityblock", "cosine": "cosine", "embedding": "cosine"}
LATENT, VIDEOS, HITS = 96, 12_000, 5
EXACT = 20_000  # entries


def latents(entries, seed=0):
    return np.random.default_rng(seed).normal(size=(entries, 16))


def clustered(videos, seed):
    """Latents of hits `[video * HITS, LATENT]`, around those of their videos, around those of ten materials."""
    spectrum = np.arange(1, LATENT + 1) ** -0.7
    centres = 2 * spectrum * np.random.default_rng(0).normal(size=(10, LATENT))
    draw = np.random.default_rng(seed)
    video = centres[np.arange(videos) % 10] + spectrum * draw.normal(size=(videos, LATENT))
    hits = video[:, None] + 0.3 * spectrum * draw.normal(size=(videos, HITS, LATENT))
    return hits.reshape(-1, LATENT).astype(np.float32)


@pytest.fixture(scope="module", autouse=True)
def fewer_are_many():
    """A bank is large from fewer entries on, lest the tests take long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "EXACT", EXACT * LATENT)
        yield


@pytest.fixture(scope="module")
def keys():
    return clustered(VIDEOS, 1)


@pytest.fixture(scope="module")
def queries():
    return clustered(60, 2)


@pytest.fixture(scope="module")
def large(keys):
    return Index(keys, layout=lay_out(keys))


@pytest.mark.parametrize("distance", METRICS)
def test_neighbours_are_those_of_the_distance_matrix(distance):
    keys, queries = latents(200), latents(30, 1)
    found, rows = nearest(keys, queries, 3, distance)
    exact = cdist(queries, keys, SCIPY[distance])
    assert (rows == np.argsort(exact, axis=1)[:, :3]).all()
    np.testing.assert_allclose(found, np.sort(exact, axis=1)[:, :3], rtol=1e-4)


@pytest.mark.parametrize("distance", METRICS)
def test_of_many_entries_few_are_overlooked_and_distances_are_exact(keys, queries, distance):
    found, rows = Index(keys, distance, lay_out(keys, distance)).nearest(queries, 10)
    _, exact = nearest(keys, queries, 10, distance)
    assert (rows[:, 0] == exact[:, 0]).mean() >= 0.95
    assert np.mean([len(set(one) & set(other)) for one, other in zip(rows, exact, strict=True)]) >= 9
    apart = np.stack(
        [cdist(query[None], keys[row], SCIPY[distance])[0] for query, row in zip(queries, rows, strict=True)]
    )
    np.testing.assert_allclose(found, apart, rtol=1e-3, atol=1e-6)
    assert (np.diff(found) >= 0).all()


def test_up_to_a_size_search_is_exact_to_the_bit(keys, queries):
    assert lay_out(keys[:EXACT]) is None and lay_out(keys[: EXACT + 1]) is not None
    found = Index(keys[:EXACT], layout=lay_out(keys[:EXACT])).nearest(queries, 10)
    for one, other in zip(found, nearest(keys[:EXACT], queries, 10), strict=True):
        assert one.tobytes() == other.tobytes()


def test_two_layouts_of_a_bank_are_the_same_whatever_the_threads(keys, queries, large):
    layouts = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            layouts.append(lay_out(keys))
    one, other = layouts
    for name, values in vars(one).items():
        assert values.tobytes() == getattr(other, name).tobytes()
    found = Index(keys, layout=one).nearest(queries, 3)
    assert all((a == b).all() for a, b in zip(found, large.nearest(queries, 3), strict=True))


def test_an_entry_lies_in_the_cell_of_the_nearest_centre_and_no_cell_is_large(keys):
    layout = lay_out(keys)
    projected = layout.project(keys)[::100]
    assert (layout.cell[::100] == cdist(projected, layout.centres).argmin(1)).mean() > 0.999  # but for rounding
    assert len(layout.centres) == round(len(keys) ** 0.5)
    assert np.bincount(layout.cell).max() < 10 * len(keys) / len(layout.centres)


def test_components_are_those_of_a_singular_value_decomposition():
    values = latents(500) * np.arange(16, 0, -1)
    directions = principal(values.astype(np.float32), 5)
    _, _, expected = np.linalg.svd(values - values.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs((directions * expected[:5]).sum(1)), 1, atol=1e-3)
    assert principal(values.astype(np.float32), 64).shape == (16, 16)


def test_looking_into_every_cell_overlooks_nothing(keys, queries, monkeypatch):
    monkeypatch.setattr(cells_module, "PROBES", 10_000)
    found, rows = Index(keys, layout=lay_out(keys)).nearest(queries, 10)
    distance, exact = nearest(keys, queries, 10)
    assert (rows[:, 0] == exact[:, 0]).mean() > 0.99
    np.testing.assert_allclose(found[:, 0], distance[:, 0], rtol=0.05)


def test_one_query_at_a_time_finds_what_all_together_find(queries, large, monkeypatch):
    found, rows = large.nearest(queries, 3)
    alone = [large.nearest(query[None], 3) for query in queries]
    assert (np.concatenate([row for _, row in alone]) == rows).mean() > 0.999  # but for rounding
    np.testing.assert_allclose(np.concatenate([apart for apart, _ in alone]), found, rtol=1e-5)
    monkeypatch.setattr(index_module, "GATHERED", 1)
    assert (large.nearest(queries[:20], 3)[1] == rows[:20]).mean() > 0.999


def test_where_the_cells_have_too_few_the_rest_is_found(keys, queries, monkeypatch):
    monkeypatch.setattr(cells_module, "PROBES", 1)
    many = 1500  # more than a cell has
    found, rows = Index(keys, layout=lay_out(keys)).nearest(queries[:3], many)
    distance, exact = nearest(keys, queries[:3], many)
    assert (rows == exact).all() and (found == distance).all()


def test_a_bank_that_looks_the_same_all_over_is_searched(queries):
    keys = np.repeat(queries[:1], EXACT + 1, axis=0)
    found, rows = Index(keys, layout=lay_out(keys)).nearest(queries[:2], 2)
    np.testing.assert_allclose(found[:, 0], np.linalg.norm(queries[:2] - queries[0], axis=1), atol=1e-4)
    assert rows.shape == (2, 2) and (rows[:, 0] != rows[:, 1]).all()


@pytest.mark.parametrize("distance", METRICS)
def test_looking_up_leaves_the_latents_as_they_are(distance):
    keys = latents(20).astype(np.float32)
    before = keys.copy()
    nearest(keys, keys, distance=distance)
    assert (keys == before).all()


@pytest.mark.parametrize("distance", ["euclidean", "l1", "cosine"])
def test_an_entry_finds_itself(distance):
    keys = latents(50)
    found, rows = nearest(keys, keys, distance=distance)
    assert rows[:, 0].tolist() == list(range(50))
    np.testing.assert_allclose(found, 0, atol=2e-3)


def test_nobody_asks(large):
    assert all(part.shape == (0, 2) for part in large.nearest(np.zeros((0, LATENT)), 2))


def test_too_small_a_bank_is_refused():
    with pytest.raises(ValueError, match="0 entries"):
        nearest(np.zeros((0, 4)), np.zeros((1, 4)))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(bad):
    keys = latents(9)
    keys[4, 2] = bad
    with pytest.raises(InputError, match="the bank: latent 4 is not finite"):
        Index(keys)
    with pytest.raises(InputError, match="asked for: latent 4 is not finite"):
        Index(latents(9)).nearest(keys)


def test_latents_of_another_encoder_are_refused(large):
    for index in (large, Index(latents(5))):
        with pytest.raises(InputError, match="one visual encoder"):
            index.nearest(np.zeros((1, 7)))


def test_a_layout_of_other_latents_is_refused(keys):
    layout = lay_out(keys)
    outside = np.where(layout.cell == 0, len(layout.centres), layout.cell)
    others = {
        "cell": (outside, layout.cell - 1, layout.cell.astype(float)),
        "centres": (np.full_like(layout.centres, np.nan), layout.centres.astype(float)),
        "components": (np.full_like(layout.components, np.inf), layout.components[1:]),
    }
    of_others = [(keys, replace(layout, **{name: one})) for name, some in others.items() for one in some]
    for latents_, other in [*of_others, (keys[1:], layout), (keys[:, 1:], layout)]:
        with pytest.raises(ValueError, match="the layout is none"):
            Cells(latents_, other)


@pytest.mark.parametrize("distance, metric", [("euclidean", "euclidean"), ("l1", "cityblock"), ("cosine", "cosine")])
def test_spacing_is_the_mean_distance_to_the_nearest_of_another_video(distance, metric):
    keys = latents(30)
    video = np.repeat(["a", "b", "c"], [4, 18, 8])
    keys[video == "b"] = keys[video == "b"][:1] + 1e-3 * latents(18, 2)  # nearest each other by far
    apart = cdist(keys, keys, metric)
    apart[video[:, None] == video] = np.inf
    assert Index(keys, distance).spacing(keys, video) == pytest.approx(apart.min(1).mean(), rel=1e-4)


def test_spacing_of_a_single_video_is_one():
    assert Index(latents(5)).spacing(latents(5), np.full(5, "a")) == 1


def test_spacing_of_many_entries_is_nearly_that_of_all(keys, large):
    video, some = np.repeat(np.arange(VIDEOS), HITS), np.random.default_rng(0).choice(len(keys), 1000, replace=False)
    found, rows = nearest(keys, keys[some], HITS + 1)
    first = (video[rows] != video[some, None]).argmax(1)
    expected = found[np.arange(len(some)), first].mean()
    assert large.spacing(keys, video) == pytest.approx(expected, rel=0.03)
