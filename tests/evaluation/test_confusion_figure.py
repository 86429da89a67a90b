"""The confusion of every system is drawn row by row, with its counts to read."""

import numpy as np
import pandas as pd
import pytest
import torch
from torchmetrics.functional.classification import multiclass_confusion_matrix

from impactsound.evaluation.confusion_figure import COLUMNS, confusion_figure, counts
from impactsound.evaluation.pictures import as_svg

MATERIALS = ["wood", "glass", "$metal$", "cloth"]


def table(systems=("real", "physics"), clips=200, seed=0):
    """Pairs with a count above 0, in the order of the materials; a wood is never named, a cloth never there."""
    rows = []
    for number, system in enumerate(systems):
        true, named = drawn(clips, seed + number)
        square = multiclass_confusion_matrix(torch.tensor(named), torch.tensor(true), len(MATERIALS)).numpy()
        rows += [(system, MATERIALS[i], MATERIALS[j], square[i, j]) for i, j in np.argwhere(square)]
    return pd.DataFrame(rows, columns=["system", "true", "named", "count"])


def drawn(clips, seed):
    random = np.random.default_rng(seed)
    return random.integers(0, 3, clips), random.integers(1, 4, clips)


def panels(figure):
    return [axis for axis in figure.axes if axis.images and axis.get_title()]


def test_counts_are_those_of_the_clips():
    true, named = drawn(200, 0)
    rows = table().query("system == 'real'")
    oracle = multiclass_confusion_matrix(torch.tensor(named), torch.tensor(true), len(MATERIALS))
    assert np.array_equal(counts(rows, MATERIALS), oracle)
    assert np.array_equal(counts(rows.sample(frac=1, random_state=0), MATERIALS), oracle)


def test_a_panel_shows_the_shares_of_each_row_and_the_counts():
    figure = confusion_figure(table())
    for axis, seed in zip(panels(figure), range(2), strict=True):
        true, named = drawn(200, seed)
        share = axis.images[0].get_array().data
        assert share.sum(1) == pytest.approx([1, 1, 1, 0])  # there is no cloth
        for i, j in np.argwhere(share):
            assert share[i, j] == pytest.approx(np.mean(named[true == i] == j))
        written = {text.get_position(): int(text.get_text()) for text in axis.texts}
        assert written == {(j, i): np.sum((true == i) & (named == j)) for i, j in np.argwhere(share)}
        assert f"{100 * np.mean(true == named):.0f} %" in axis.get_title()


def test_systems_and_materials_have_their_names_in_the_order_of_the_table():
    figure = confusion_figure(table())
    assert [axis.get_title().partition(",")[0] for axis in panels(figure)] == ["Real", "Physics"]
    written = ["wood", "glass", r"\$metal\$", "cloth"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == written
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == written


def test_numbers_stand_out_from_their_shade():
    pairs = [("a", "wood", "wood", 98), ("a", "wood", "glass", 2), ("a", "glass", "glass", 1)]
    (axis,) = panels(confusion_figure(pd.DataFrame(pairs, columns=["system", "true", "named", "count"])))
    assert {text.get_text(): text.get_color() for text in axis.texts} == {"98": "white", "2": "black", "1": "white"}


@pytest.mark.parametrize("count", [7, 1234, 98765])
def test_numbers_fit_into_their_cell(count):
    pairs = [("a", f"{true}", f"{(true + count) % 10}", count) for true in range(10)]
    figure = confusion_figure(pd.DataFrame(pairs, columns=["system", "true", "named", "count"]))
    figure.draw_without_rendering()
    (axis,) = panels(figure)
    cell = axis.get_window_extent().width / 10
    assert all(text.get_window_extent().width < cell for text in axis.texts)


def test_a_last_row_that_is_not_full_has_materials_beneath_it():
    figure = confusion_figure(table([f"system {number}" for number in range(COLUMNS + 1)], clips=20))
    assert len(panels(figure)) == COLUMNS + 1
    assert len(figure.axes) == 2 * COLUMNS + 1
    assert not figure.axes[-2].spines["left"].get_visible()


def test_the_same_table_gives_the_same_bytes():
    assert as_svg(confusion_figure(table())) == as_svg(confusion_figure(table()))
    assert as_svg(confusion_figure(table())) != as_svg(confusion_figure(table(seed=1)))
