"""A panel a variant, a line a system and training through the quarters, and an interval at each."""

import pandas as pd

from impactsound.evaluation.names import title
from impactsound.evaluation.pictures import as_svg
from impactsound.evaluation.unseen import QUARTERS
from impactsound.evaluation.unseen_figure import unseen_figure

ROWS = [
    {"variant": variant, "trained": trained, "system": system, "part": part, "distance": 3.0 + place, "accuracy": 0.5}
    for variant in ("no_metal", "no_$large")
    for trained in ("with all", "without")
    for system in ("video", "physics_render")
    for place, part in enumerate(("seen", "left out", *QUARTERS))
]
TABLE = pd.DataFrame(ROWS).assign(accuracy_low=0.25, accuracy_high=0.75)


def test_every_system_and_training_has_a_line_through_the_quarters_alone():
    axes = unseen_figure(TABLE).axes
    assert [axis.get_title() for axis in axes] == ["no_metal", r"no_\$large"]
    for axis in axes:
        assert {line.get_label() for line in axis.lines} == {
            f"{title(system)}, {trained}"
            for system in ("video", "physics_render")
            for trained in ("with all", "without")
        }
        assert all(line.get_xdata().tolist() == [5.0, 6.0, 7.0, 8.0] for line in axis.lines)
        assert all(len(bars.get_segments()) == len(QUARTERS) for bars in axis.collections)


def test_the_trainings_are_told_apart_by_their_dashes():
    lines = unseen_figure(TABLE).axes[0].lines
    dashes = {line.get_label().split(", ")[1]: line.get_linestyle() for line in lines}
    assert dashes == {"without": "-", "with all": "--"}


def test_the_same_table_gives_the_same_bytes():
    assert as_svg(unseen_figure(TABLE)) == as_svg(unseen_figure(TABLE))
