"""A system that rings as the clip does has its modes; one that rings otherwise has not."""

import pytest
import torch

from impactsound.config import Clip
from impactsound.evaluation.heard_modes import heard_modes_table
from impactsound.physics.modes import Modes

CLIP = Clip()


def struck(*frequency: float) -> Modes:
    one = torch.tensor([frequency, frequency], dtype=torch.float64)
    return Modes(one, torch.full_like(one, -6.0), torch.full_like(one, 12.0), torch.zeros_like(one))


def test_the_same_modes_are_all_heard_and_others_are_not():
    truth = struck(440.0, 1320.0)
    systems = {"same": [(truth, truth)], "half": [(truth, struck(440.0, 3000.0))], "none": [(truth, struck(2000.0))]}
    table = heard_modes_table(systems, CLIP).set_index("system")
    assert table["recall"].tolist() == [1.0, 0.5, 0.0]
    assert table["spurious"].tolist() == [0.0, 0.5, 1.0]
    assert table.loc["same", "frequency_error"] == 0 and table.loc["same", "t60_error"] == 0
    assert (table["n"] == 2).all() and (table["seeds"] == 1).all()


def test_seeds_are_averaged():
    truth = struck(440.0, 1320.0)
    table = heard_modes_table({"x": [(truth, struck(441.0, 1321.0)), (truth, truth)]}, CLIP).iloc[0]
    assert table["frequency_error"] == pytest.approx(0.5) and table["seeds"] == 2


def test_what_the_recording_cannot_show_does_not_count():
    quiet = struck(440.0, 1320.0)
    quiet = Modes(quiet.frequency, torch.tensor([[-6.0, -60.0]] * 2).double(), quiet.decay, quiet.phase)
    assert heard_modes_table({"x": [(quiet, struck(440.0))]}, CLIP).iloc[0]["recall"] == 1
