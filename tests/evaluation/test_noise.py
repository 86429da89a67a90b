"""The table of noise: a row a recording, by the physics table's figures."""

import math

import torch

from impactsound.config import Clip
from impactsound.evaluation.noise import Recording, noise_table
from impactsound.evaluation.physics import physics_table
from impactsound.physics.modes import Modes, render_modes

CLIP = Clip()


def struck(offset: float = 0.0) -> Modes:
    fields = ([[440.0, 1320.0]], [[-6.0, -12.0]], [[9.0, 20.0]], [[0.0, 0.0]])
    frequency, *rest = (torch.tensor(values, dtype=torch.float64).repeat(3, 1) for values in fields)
    return Modes(frequency + offset, *rest)


def test_a_row_a_recording_with_the_figures_of_all_its_clips():
    truth = struck()
    sound = render_modes(truth, CLIP.n_samples, CLIP.sample_rate)
    clean = Recording({"snr": None, "t60": None}, truth, truth, {"modes": sound, "both": sound})
    off = Recording({"snr": 5.0, "t60": None}, struck(0.5), truth, {"modes": 0.5 * sound, "both": sound})
    table = noise_table({"clean": clean, "snr_5": off}, sound, CLIP).set_index("recording")
    assert table["recall"].tolist() == [1.0, 1.0]
    assert table["frequency_error"].tolist() == [0.0, 0.5]
    assert math.isnan(table.loc["clean", "snr"]) and table.loc["snr_5", "snr"] == 5.0
    assert table["convergence_modes"].tolist() == [0.0, 0.5] and table["convergence_both"].tolist() == [0.0, 0.0]
    assert (table["n"] == 3).all()


def test_without_a_truth_the_modal_figures_are_empty():
    truth = struck()
    sound = render_modes(truth, CLIP.n_samples, CLIP.sample_rate)
    made = Recording({"snr": None, "t60": None}, truth, None, {"modes": sound, "both": sound})
    row = noise_table({"clean": made}, sound, CLIP).iloc[0]
    assert math.isnan(row["recall"]) and row["convergence_modes"] == 0


def test_it_agrees_with_the_physics_table():
    truth = struck()
    sound = render_modes(truth, CLIP.n_samples, CLIP.sample_rate)
    made = Recording({"snr": 0.0, "t60": 0.1}, struck(1.0), truth, {"modes": 0.9 * sound, "both": 0.8 * sound})
    row = noise_table({"x": made}, sound, CLIP).iloc[0]
    wanted = physics_table(["a", "b", "b"], sound, dict(made.rebuilt), made.modes, truth, CLIP).iloc[-1]
    for name in ("recall", "frequency_error", "t60_error", "spurious", "log_distance_modes", "convergence_both"):
        assert row[name] == wanted[name]
