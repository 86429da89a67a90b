"""A training has a panel, its seeds are in one, and a ring is on the weights that are kept."""

import numpy as np
import pytest

from impactsound.evaluation.curves import Curve
from impactsound.evaluation.pictures import as_svg
from impactsound.evaluation.training_figure import COLUMNS, FALLS, training_figure

STEP = np.array([10.0, 20.0, 30.0])


def falling(stage, to=0.5):
    return Curve(stage, STEP, np.array([1.0, 0.8, to]), np.array([0.9, to, 0.7]))


def test_a_panel_a_training_in_their_order_its_seeds_in_one():
    stages = ("vision", "networks/physics/0", "networks/video/0", "networks/physics/1", "networks/physics/0/regressor")
    axes = training_figure([falling(stage) for stage in stages]).axes
    assert [axis.get_title() for axis in axes] == ["Visual encoder", "Physics", "Video", "Physics: regressor"]
    assert [len(axis.get_lines()) for axis in axes] == [3, 6, 3, 3]


def test_the_lines_are_the_losses_and_the_ring_is_on_the_least():
    curve = falling("vision")
    training, validation, kept = training_figure([curve]).axes[0].get_lines()
    assert np.array_equal(training.get_xydata(), np.stack([STEP, curve.train_loss], 1))
    assert np.array_equal(validation.get_xydata(), np.stack([STEP, curve.loss], 1))
    assert kept.get_xydata().tolist() == [[20, 0.5]] and kept.get_marker() == "o"


@pytest.mark.parametrize(("to", "scale"), [(0.9 / FALLS, "log"), (0.5, "linear"), (0.0, "linear"), (-1.0, "linear")])
def test_a_loss_that_falls_far_and_stays_positive_has_a_logarithmic_scale(to, scale):
    assert training_figure([falling("vision", to)]).axes[0].get_yscale() == scale


@pytest.mark.parametrize("least", [0.02, 0.3, 0.38, 0.65])
def test_the_scale_is_written_with_at_least_two_numbers(least):
    curve = falling("vision", least)
    figure = training_figure([Curve("vision", STEP, 0.0305 * curve.train_loss, 0.0305 * curve.loss)])
    figure.draw_without_rendering()
    (axis,) = figure.axes
    low, high = axis.get_ylim()
    assert sum(low <= tick <= high for tick in axis.get_yticks()) >= 2


def test_a_training_that_diverged_and_a_single_validation_are_drawn():
    broken = Curve("residual", STEP, np.array([1.0, np.nan, np.inf]), np.array([1.0, 2.0, np.nan]))
    single = Curve("vision", STEP[:1], np.array([1.0]), np.array([1.0]))
    assert as_svg(training_figure([broken, single]))


def test_rows_are_filled_before_another_begins_and_the_same_curves_give_the_same_bytes():
    curves = [falling(f"networks/{number}/0") for number in range(COLUMNS + 1)]
    figure = training_figure(curves)
    assert len(figure.axes) == COLUMNS + 1
    assert figure.axes[-1].get_subplotspec().rowspan.start == 1
    assert as_svg(figure) == as_svg(training_figure(curves))
