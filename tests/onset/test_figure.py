"""A line for every true hit, a dot for every found one, and every error in the histogram."""

import numpy as np

from impactsound.evaluation.pictures import as_svg
from impactsound.onset.compared import Seen
from impactsound.onset.events import Events
from impactsound.onset.figure import onset_figure

EVENTS = [Events("", np.array([0.5, 1.0]), np.zeros(0)), Events("", np.array([0.7]), np.zeros(0))]
FOUND = {"learned": [np.array([0.51, 1.02]), np.array([0.69])], "motion $alone": [np.array([0.5]), np.zeros(0)]}
SHOWN = {name: Seen(np.linspace(0, 1, 45), 0.5, times[0], np.ones(len(times[0]))) for name, times in FOUND.items()}


def figure():
    return onset_figure("v_$1", EVENTS[0], SHOWN, EVENTS, FOUND, 30.0)


def test_hits_are_lines_and_found_ones_dots():
    *curves, _ = figure().axes
    assert [axis.get_ylabel() for axis in curves] == ["learned", r"motion \$alone"]
    for axis, name in zip(curves, FOUND, strict=True):
        assert [segment[0, 0] for segment in axis.collections[0].get_segments()] == [0.5, 1.0]
        dots = next(line for line in axis.lines if line.get_marker() == "o")
        assert dots.get_xdata().tolist() == FOUND[name][0].tolist()


def test_every_error_is_counted():
    axis = figure().axes[-1]
    assert sum(bar.get_height() for bar in axis.patches) == 4


def test_the_same_figures_give_the_same_bytes():
    assert as_svg(figure()) == as_svg(figure())
