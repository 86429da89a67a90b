"""Fifths are of equal size and in the order of distance; the picture is the table's, byte by byte."""

import numpy as np
import pandas as pd
import pytest

from impactsound.evaluation.matching_reliability import fifths, reliability_figure, reliability_table
from impactsound.evaluation.pictures import as_png, as_svg

RNG = np.random.default_rng(0)
CLIPS = 50
VIDEO = np.repeat(np.arange(10), 5)


@pytest.fixture(scope="module")
def table():
    distance = RNG.uniform(size=CLIPS)
    scores = pd.DataFrame({"same": (distance < 0.5).astype(float), "energy": 10 * distance})
    noise = pd.DataFrame({"same": RNG.integers(2, size=CLIPS) * 1.0, "energy": RNG.uniform(size=CLIPS)})
    ways = {"told": scores, "blend": scores, "noise": noise}
    apart = {"told": distance, "blend": distance, "noise": RNG.uniform(1e3, 1e4, size=CLIPS)}
    return reliability_table(ways, apart, VIDEO, 0)


@pytest.mark.parametrize("clips", [5, 7, 50, 3])
def test_fifths_are_alike_in_size_and_ordered(clips):
    distance = RNG.uniform(size=clips)
    part = fifths(distance)
    sizes = np.bincount(part, minlength=6)[1:]
    assert sizes.sum() == clips and np.ptp(sizes) <= 1
    assert (np.diff(part[np.argsort(distance)]) >= 0).all()


def test_clips_that_are_equally_far_are_shared_out():
    assert np.bincount(fifths(np.zeros(10)))[1:].tolist() == [2] * 5


def test_a_distance_that_tells_the_error_is_told_apart(table):
    told = table[table.way == "told"]
    assert told.energy.is_monotonic_increasing and told.distance.is_monotonic_increasing
    np.testing.assert_allclose(told.energy, 10 * told.distance)
    assert told.same.iloc[0] == 1 and told.same.iloc[-1] == 0
    assert (told.n == CLIPS // 5).all()


def test_intervals_hold_the_means(table):
    for measure in ("same", "energy"):
        assert (table[f"{measure}_low"] <= table[measure] + 1e-9).all()
        assert (table[measure] <= table[f"{measure}_high"] + 1e-9).all()


def test_a_blend_of_the_same_matches_is_not_shown_twice(table):
    assert table.way.unique().tolist() == ["told", "noise"]


def test_the_same_table_gives_the_same_bytes(table):
    names = {"told": "by $distance"}
    for draw in (as_png, as_svg):
        one, other = (draw(reliability_figure(table, names)) for _ in range(2))
        assert one == other
    assert "by $distance" in as_svg(reliability_figure(table, names)).decode()


def test_every_way_has_a_line_and_its_bars(table):
    axes = reliability_figure(table).axes
    assert [len(axis.lines) for axis in axes] == [2, 2] and [len(axis.collections) for axis in axes] == [2, 2]
    np.testing.assert_allclose(axes[0].lines[0].get_ydata(), table[table.way == "told"].same)
    np.testing.assert_allclose(axes[1].lines[1].get_ydata(), table[table.way == "noise"].energy)
