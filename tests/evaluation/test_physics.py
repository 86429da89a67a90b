"""The physics table: nothing wrong is an error of 0, everything is judged by material, and no truth is no figure."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from impactsound.config import Clip
from impactsound.evaluation.physics import MODAL, counted, physics_table
from impactsound.physics.modes import Modes, render_modes

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)
MATERIAL = np.array(["wood", "glass", "wood", "glass", "glass"])
RECONSTRUCTION = ["convergence_modes", "convergence_both", "log_distance_modes", "log_distance_both"]


def comb(clips: int = len(MATERIAL), count: int = 12) -> Modes:
    """Modes well apart, all of which count, `[clip, mode]`."""
    draw = torch.rand(4, clips, count, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    frequency = 200 * (1 + torch.arange(count) + 0.5 * draw[0])
    return Modes(frequency, -25 * draw[1], 2 + 50 * draw[2], 6 * draw[3])


def changed(modes: Modes, frequency=0.0, power=0.0, slower=1.0) -> Modes:
    return Modes(modes.frequency + frequency, modes.power + power, modes.decay / slower, modes.phase)


def table(found: Modes, truth: Modes | None, noise: float = 0.0) -> pd.DataFrame:
    """The table of sounds that are the found modes and some noise, all of which is in the residual."""
    modal = render_modes(found, CLIP.n_samples, CLIP.sample_rate)
    hiss = noise * torch.randn(modal.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rebuilt = {"modes": modal, "both": modal + hiss}
    return physics_table(MATERIAL, modal + hiss, rebuilt, found, truth, CLIP).set_index("material")


def test_perfect_modes_are_all_recalled_and_without_error():
    rows = table(comb(), comb())
    assert rows.index.tolist() == ["glass", "wood", "all"]
    assert rows["n"].tolist() == [3, 2, 5]
    assert rows.columns.tolist() == ["n", *MODAL, *RECONSTRUCTION]
    assert (rows["recall"] == 1).all()
    assert (rows.drop(columns=["n", "recall"]) == 0).all(axis=None)


def test_errors_are_in_their_units():
    rows = table(changed(comb(), frequency=0.5, power=2.0, slower=1.1), comb())
    assert rows["frequency_error"].tolist() == pytest.approx([0.5] * 3)
    assert rows["power_error"].tolist() == pytest.approx([2.0] * 3)
    assert rows["t60_error"].tolist() == pytest.approx([0.1] * 3)


def test_a_material_is_judged_by_its_own_clips():
    truth, wood = comb(), torch.from_numpy(MATERIAL == "wood")[:, None]
    silent = Modes(truth.frequency, truth.power.masked_fill(wood, -math.inf), truth.decay, truth.phase)
    rows = table(silent, truth)
    assert rows["recall"].tolist() == pytest.approx([1, 0, 3 / 5])
    assert rows.loc["wood", "frequency_error"] == math.inf


def test_the_residual_makes_up_for_the_noise():
    rows = table(comb(), comb(), noise=0.05)
    assert (rows[["convergence_both", "log_distance_both"]] == 0).all(axis=None)
    assert (rows[["convergence_modes", "log_distance_modes"]] > 0).all(axis=None)
    means = (rows.loc["glass"] * 3 + rows.loc["wood"] * 2) / 5
    assert rows.loc["all", RECONSTRUCTION].tolist() == pytest.approx(means[RECONSTRUCTION].tolist())


def test_without_truth_the_modal_columns_are_empty_and_the_rest_are_there(tmp_path):
    rows = table(comb(), None, noise=0.05)
    assert rows[list(MODAL)].isna().all(axis=None)
    assert rows[RECONSTRUCTION].notna().all(axis=None)
    rows.to_csv(tmp_path / "physics.csv")
    assert ",,,,," in (tmp_path / "physics.csv").read_text().splitlines()[1]


def test_a_material_of_which_nothing_counts_has_empty_columns():
    truth, wood = comb(), torch.from_numpy(MATERIAL == "wood")[:, None]
    rows = table(truth, Modes(truth.frequency, truth.power, torch.where(wood, 1e3, truth.decay), truth.phase))
    assert rows.loc["wood", list(MODAL)].isna().all()
    assert rows.loc[["glass", "all"], "recall"].tolist() == [1, 1]


def test_what_counts_is_loud_rings_and_is_within_the_band():
    fast = math.log(1000) / 0.019
    truth = Modes(
        torch.tensor([[300.0, 400.0, 500.0, 600.0, 3700.0, 4100.0, 0.0]]),
        torch.tensor([[-10.0, -39.0, -41.0, -10.0, 20.0, 20.0, -math.inf]]),
        torch.tensor([[9.0, 9.0, 9.0, fast, 9.0, 9.0, 0.0]]),
        torch.zeros(1, 7),
    )
    assert counted(truth, CLIP).tolist() == [[True, True, False, False, False, False, False]]


def joined(modes: Modes, frequency: float, power: float) -> Modes:
    """The modes and one more."""
    more = torch.ones(len(modes.power), 1, dtype=torch.float64)
    fields = (modes.frequency, modes.power, modes.decay, modes.phase)
    return Modes(
        *(torch.cat([field, value * more], -1) for field, value in zip(fields, (frequency, power, 9, 0), strict=True))
    )


def test_a_found_mode_that_is_true_is_not_spurious_though_it_need_not_be_found():
    found = joined(comb(), 3700.0, 0.0)
    assert table(found, joined(comb(), 3700.0, 0.0)).loc["all", ["recall", "spurious"]].tolist() == [1, 0]
    assert table(found, comb()).loc["all", "spurious"] > 0


def test_a_true_mode_that_the_sample_rate_cannot_hold_makes_nothing_look_quiet():
    found = joined(comb(), 3000.0, 0.0)
    assert table(found, joined(comb(), 5000.0, 50.0)).equals(table(found, comb()))
    assert table(found, comb()).loc["all", "spurious"] > 0
