"""What is far from the training is told from what is near, and each part's figures are of its clips alone."""

import numpy as np
import pytest
import torch

from impactsound.config import Clip
from impactsound.diffusion.energy_encoder import FLOOR
from impactsound.evaluation.judged import Judged
from impactsound.evaluation.unseen import QUARTERS, clips_table, parts, physics_distance, unseen_table
from impactsound.physics.modes import Modes
from impactsound.physics.slots import normalise, to_slots

CLIP = Clip()


def slots(*frequency: float, power: float = 0.0):
    one = torch.tensor(frequency)[:, None]
    modes = Modes(one, torch.full_like(one, power), torch.full_like(one, 10.0), torch.zeros_like(one))
    return normalise(to_slots(modes, CLIP), CLIP)


def test_a_clip_of_the_training_is_at_no_distance_and_the_nearest_counts():
    training = slots(500.0, 1000.0, 4000.0)
    assert physics_distance(training, training).max() < 1e-3
    near, far = physics_distance(slots(1010.0, 2500.0), training)
    assert near < far
    assert physics_distance(slots(1010.0), training[:1])[0] > near


def test_a_gain_of_so_many_decibels_is_at_most_that_distance():
    distance = physics_distance(slots(1000.0, power=-6.0), slots(1000.0))
    assert 0 < distance < 6 and distance < -FLOOR


def test_the_parts_are_quarters_and_what_was_left_out():
    distance, out = np.arange(8.0), np.arange(8) > 5
    found = parts(distance, out)
    assert found["left out"].tolist() == out.tolist() and found["seen"].tolist() == (~out).tolist()
    assert [np.flatnonzero(found[name]).tolist() for name in QUARTERS] == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert "left out" not in parts(distance, np.zeros(8, bool))


def test_every_clip_is_listed_of_every_variant():
    one, two = (np.array([1.0, 2.0]), np.array([True, False])), (np.array([3.0, 4.0]), np.array([False, False]))
    table = clips_table({"a": one, "b": two}, ["x/0", "y/0"], np.array(["x", "y"]))
    assert table["distance"].tolist() == [1.0, 2.0, 3.0, 4.0]
    assert table["clip"].tolist() == 2 * ["x/0", "y/0"] and table["left_out"].tolist() == [True, False, False, False]


def test_figures_are_of_the_parts_clips_and_means_over_seeds():
    video = np.array(list("aabbccdd"))
    distance, out = np.arange(8.0), np.arange(8) > 5
    right = {"accuracy": np.arange(8) < 4, "kl": np.arange(8.0), "log_distance": np.ones(8)}
    wrong = {"accuracy": np.zeros(8), "kl": np.zeros(8), "log_distance": np.zeros(8)}
    one = {name: values[None] for name, values in right.items()}
    both = {name: np.stack([values, wrong[name]]) for name, values in right.items()}
    other = {name: values[None] for name, values in wrong.items()}
    names = {("", "x"): one, ("no_metal", "x"): both, ("other", "x"): other}
    judged = {name: Judged([], np.empty(0), figures) for name, figures in names.items()}
    table = unseen_table({"no_metal": (distance, out)}, judged, video, 0)
    row = table.set_index(["trained", "part"])
    assert row.loc[("with all", "seen"), "accuracy"] == pytest.approx(4 / 6)
    assert row.loc[("with all", "left out"), "kl"] == 6.5
    assert row.loc[("without", "seen"), "accuracy"] == pytest.approx(2 / 6)
    assert row.loc[("without", "nearest quarter"), "log_distance"] == 0.5
    assert row.loc[("without", "left out"), "n"] == 2 and row.loc[("without", "seen"), "videos"] == 3
    assert row.loc[("without", "seen"), "distance"] == 2.5
    assert len(table) == 2 * 6 and set(table["variant"]) == {"no_metal"}
