"""Of two runs at once in one directory the second says so and stops; the first does not notice."""

import pytest

from faults.corpus import durations, expected

pytestmark = pytest.mark.faults


def test_the_second_says_so_in_a_line_and_stops(undisturbed):
    lines = [line for line in undisturbed.second.splitlines() if "Directory cannot be locked" in line]
    assert undisturbed.status != 0 and len(lines) == 1
    assert "Traceback" not in undisturbed.second


def test_the_first_has_made_everything(undisturbed):
    files = expected(undisturbed.project)
    assert {"report.html", "model/model.json", "tables/comparison.md", "figures/training.png"} <= files.keys()
    assert len(durations(undisturbed.project)) > 25
