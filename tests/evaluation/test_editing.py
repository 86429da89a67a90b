"""What is asked of an edit is its law; what is measured of damped sinusoids is what was done to them."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from impactsound.config import Clip
from impactsound.diffusion.edited import Priors, edited_sounds, tell
from impactsound.errors import InputError
from impactsound.evaluation import editing_measures as measures
from impactsound.evaluation.editing import Answer, editing_table, scores
from impactsound.evaluation.editing_figure import editing_figure
from impactsound.evaluation.editing_kinds import end_of_lowest, read_edits
from impactsound.evaluation.pictures import as_svg
from impactsound.physics.edits import scale_damping, scale_size, tilt
from impactsound.physics.modes import Modes, render_modes
from impactsound.seeds import generator

CLIP = Clip(sample_rate=16000, duration=0.25, n_fft=512, hop=128, floor=1e-2, ceiling=200.0)
EDITS = {
    "larger": {"size": 1.5},
    "smaller": {"size": 0.7},
    "dull": {"damping": 2},
    "bright": {"tilt": 3},
    "fewer lows": {"lowest": {"modes": 4, "decibels": -10, "decay": 0.5}},
}


def struck(clips: int = 5, low: float = 15.0, high: float = 60.0) -> Modes:
    """Twelve modes a clip between 150 and 4000 Hz, half an octave apart or nearly, decaying at low to high 1/s."""
    draw = torch.rand(4, clips, 12, generator=generator("struck"), dtype=torch.float64)
    frequency = 150 * 2 ** ((torch.arange(12) + 0.4 * draw[0]) * 0.4)
    decay = (low + (high - low) * draw[2, :, :1]).expand(-1, 12)
    return Modes(frequency, -12 * draw[1], decay, 2 * math.pi * draw[3])


def sound(modes: Modes) -> torch.Tensor:
    return render_modes(modes, CLIP.n_samples, CLIP.sample_rate)


def tone(frequency: float, decay: float) -> torch.Tensor:
    return sound(Modes(*(torch.tensor([[v]], dtype=torch.float64) for v in (frequency, -6.0, decay, 0.3))))


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.25, 2.0])
def test_frequencies_that_are_scaled_are_a_shift_of_pitch(factor):
    modes = struck()
    shift = measures.pitch_shift(sound(modes), 0.1 * sound(scale_size(modes, factor)), CLIP)
    assert (shift + 12 * math.log2(factor)).abs().max() <= 1 / measures.STEP


def test_damping_is_no_change_of_pitch():
    assert measures.pitch_shift(sound(struck()), sound(scale_damping(struck(), 3)), CLIP).abs().max() < 0.2


@pytest.mark.parametrize("rate", [2.0, 10.0, 40.0, 200.0])
def test_the_rate_of_a_damped_sinusoid_is_its_own_however_early_the_clip_ends(rate):
    """At 2 1/s it falls by 4 dB within the clip."""
    assert measures.decay(tone(1000.0, rate), CLIP).item() == pytest.approx(rate, rel=0.03)


def test_the_rate_agrees_with_the_slope_of_schroeders_curve():
    noise = np.random.default_rng(0).standard_normal(CLIP.n_samples)
    time = np.arange(CLIP.n_samples) / CLIP.sample_rate
    heard = noise * np.exp(-60 * time)
    level = 10 * np.log10(np.cumsum(heard[::-1] ** 2)[::-1] / np.sum(heard**2))
    between = (level < -5) & (level > -25)
    slope = np.polyfit(time[between], level[between], 1)[0]
    found = measures.decay(torch.from_numpy(heard), CLIP).item()
    assert found == pytest.approx(-slope * math.log(10) / 20, rel=0.08)


@pytest.mark.parametrize("slope", [-3.0, 2.0, 6.0])
def test_a_tilt_of_modes_is_a_tilt_of_the_spectrum(slope):
    modes = struck(40, low=2.0, high=8.0)
    change = measures.tilt_change(sound(modes), sound(tilt(modes, slope, 1000.0)), CLIP)
    assert (change - slope).abs().max() < 0.3


def test_the_skirts_of_modes_that_are_soon_gone_are_no_tilt():
    """Without the fades nine of ten would be told to within 1.3 dB an octave."""
    modes = struck(40, low=60.0, high=150.0)
    change = measures.tilt_change(sound(modes), sound(tilt(modes, 6.0, 1000.0)), CLIP)
    assert (change - 6.0).abs().quantile(0.9) < 0.6


def test_a_gain_is_a_level_and_neither_pitch_decay_nor_tilt():
    before = sound(struck())
    changes = {name: each.change(before, 10 ** (-7 / 20) * before, CLIP) for name, each in measures.MEASURES.items()}
    assert torch.allclose(changes.pop("level"), torch.tensor(-7.0, dtype=torch.float64))
    assert all(change.abs().max() < 1e-9 for change in changes.values())


@pytest.mark.parametrize("measure", measures.MEASURES)
def test_a_change_there_is_a_change_back_and_silence_has_none(measure):
    change = measures.MEASURES[measure].change
    one, other = sound(struck()), sound(tilt(scale_size(scale_damping(struck(), 1.5), 1.2), 2.0, 500.0))
    assert change(one, one, CLIP).tolist() == [0.0] * len(one)
    back = change(other, one, CLIP)
    assert torch.allclose(change(one, other, CLIP), -back)
    assert change(one, 0 * one, CLIP).isnan().all() and change(0 * one, one, CLIP).isnan().all()


def test_the_energies_of_all_bands_are_that_of_the_sound():
    heard = torch.randn(2, CLIP.n_samples, generator=generator("energy"), dtype=torch.float64)
    edges = torch.linspace(0, CLIP.sample_rate / 2, 9, dtype=torch.float64)
    total = measures.band_energy(heard, edges, CLIP).sum(-1) / (2 * CLIP.n_samples)
    assert torch.allclose(total, heard.square().sum(-1), rtol=1e-3)
    narrow = measures.band_energy(tone(1500.0, 1.0), edges, CLIP)[0]
    assert narrow.argmax() == 1 and narrow[1] > 0.999 * narrow.sum()


def test_what_is_above_the_edge_is_not_heard():
    both = tone(500.0, 30.0) + tone(2500.0, 30.0)
    kept = measures.low_passed(both, torch.tensor([1200.0]), CLIP)
    assert (kept - tone(500.0, 30.0)).norm() < 0.06 * kept.norm()  # a sharp edge rings at the onset


def test_the_lowest_modes_end_between_them_and_the_next():
    frequency = torch.tensor([[900.0, 100.0, 400.0, 50.0], [900.0, 100.0, 7000.0, 8100.0]])
    power = torch.tensor([[0.0, 0.0, 0.0, -math.inf], [0.0, 0.0, 0.0, 0.0]])
    modes = Modes(frequency, power, torch.ones(2, 4), torch.zeros(2, 4))
    assert end_of_lowest(modes, 2, CLIP).tolist() == [600.0, pytest.approx(math.sqrt(900 * 7000))]
    assert end_of_lowest(modes, 3, CLIP).tolist() == end_of_lowest(modes, 200, CLIP).tolist() == [8000.0, 8000.0]


@pytest.mark.parametrize("name", EDITS)
def test_the_law_of_an_edit_is_what_is_heard_of_its_modes(name):
    edit, modes = read_edits(EDITS)[name], struck()
    found = edit.heard(modes, sound(modes), sound(edit.change(modes)), CLIP)
    assert found.keys() == edit.asks.keys()
    for measure, change in found.items():
        assert change.median().item() == pytest.approx(edit.asks[measure], rel=0.12)


@pytest.mark.parametrize("row", [{"colour": 2}, {}, {"size": 2, "damping": 2}])
def test_an_edit_of_no_kind_is_named(row):
    with pytest.raises(InputError, match=r"editing\.edits\.odd = .*size, damping"):
        read_edits({"odd": row})


def test_no_edit_comes_first_and_what_is_made_of_modes_is_made_anew():
    modes = struck(3)
    priors = Priors(modes, torch.zeros(3), torch.zeros(3, CLIP.n_samples))
    edited = priors.edited([edit.change for edit in read_edits(EDITS).values()])
    assert torch.equal(edited.rendered(CLIP)[0], priors.rendered(CLIP))
    assert torch.equal(edited.rendered(CLIP)[1], sound(scale_size(modes, 1.5)))
    told = tell({"visual": torch.arange(3.0)[:, None]}, ("visual", "modes", "rendered"), edited, CLIP)
    assert told["visual"].flatten().tolist() == [0, 1, 2] * 6
    assert torch.equal(told["modes"][:3], tell({}, ["modes"], edited, CLIP)["modes"][:3])
    assert not torch.equal(told["modes"][:3], told["modes"][3:6])
    assert told["rendered"].shape == (18, 1, CLIP.n_bins, CLIP.n_steps) and set(told) == {"visual", "modes", "rendered"}


class Obedient(nn.Module):
    """Makes the spectrogram that it is told."""

    def __init__(self):
        super().__init__()
        self.none = nn.Parameter(torch.zeros(()))

    def encoder(self, told):
        return told["rendered"]

    def decode(self, condition):
        return condition


@pytest.fixture(scope="module")
def answers():
    """Of a system that obeys, and of one that is deaf to edits."""
    modes, edits = struck(6), read_edits(EDITS)
    noise = 1e-4 * torch.randn(6, CLIP.n_samples, generator=generator("residual"))
    edited = Priors(modes, torch.full((6,), 1e-3), noise).edited([edit.change for edit in edits.values()])
    asked = edited.rendered(CLIP)
    sampling = {"batch": 7, "griffin_lim": {"start": "physics", "iterations": 4}}
    told = {"rendered"}
    made = edited_sounds(Obedient(), {}, told, edited, [f"clip{n}" for n in range(6)], CLIP, sampling, (0,))
    deaf = made[:1].expand_as(made)
    return {name: Answer(modes, asked, found) for name, found in {"obedient": made, "deaf": deaf}.items()}


@pytest.fixture(scope="module")
def table(answers):
    return editing_table(read_edits(EDITS), answers, CLIP, 0)


def test_who_obeys_obtains_what_is_asked_and_who_is_deaf_nothing(table):
    rows = table.set_index("system")
    obedient, deaf = rows.loc["obedient"], rows.loc["deaf"]
    assert np.allclose(obedient["obtained"], obedient["asked"], rtol=0.05, atol=0.05)
    assert (obedient["right"] == 1).all() and (obedient["n"] == 6).all()
    assert (obedient["obtained_low"] <= obedient["obtained"]).all() and (
        obedient["obtained"] <= obedient["obtained_high"]
    ).all()
    assert (deaf[["obtained", "obtained_low", "obtained_high", "right"]] == 0).all(axis=None) and deaf[
        "correlation"
    ].isna().all()
    assert len(obedient) == 8 and obedient["asked"].tolist() == deaf["asked"].tolist()


def test_the_figures_of_a_row_are_of_the_clips_that_have_them():
    asked = np.array([1.0, 2.0, 4.5, np.nan, 5.0])
    row = scores(1.0, asked, np.array([0.5, -1.0, 1.5, 9.0, np.nan]), 0)
    assert row["n"] == 3 and row["asked"] == 2.0 and row["obtained"] == 0.5 and row["right"] == pytest.approx(2 / 3)
    assert row["correlation"] == pytest.approx(np.corrcoef([1, 2, 4.5], [0.5, -1.0, 1.5])[0, 1])
    assert row["obtained_low"] == -1.0 and row["obtained_high"] == 1.5
    none = scores(1.0, np.full(2, np.nan), np.zeros(2), 0)
    assert none.pop("n") == 0 and np.isnan(list(none.values())).all()


def test_the_interval_covers_the_median():
    """Of a normal's sample of 40, in about 95 of 100 draws."""
    random, covered = np.random.default_rng(1), 0
    for trial in range(60):
        found = scores(1.0, np.arange(40.0), 2 + random.standard_normal(40), trial)
        covered += found["obtained_low"] < 2 < found["obtained_high"]
    assert covered >= 52


def test_the_picture_shows_the_table_and_is_the_same_bytes(table, answers):
    axes = editing_figure(table).axes
    assert [axis.get_title() for axis in axes] == [
        "size: pitch", "size: T60", "damping: T60", "tilt: spectral tilt", "lowest modes: level", "lowest modes: T60",
    ]  # fmt: skip
    for axis, (_, rows) in zip(axes, table.groupby(["kind", "measure"], sort=False), strict=True):
        for line, (_, points) in zip(axis.get_lines(), rows.groupby("system", sort=False), strict=False):
            drawn = pd.DataFrame(line.get_xydata(), columns=["asked", "obtained"])
            expected = points[["asked", "obtained"]].sort_values("asked", ignore_index=True)
            pd.testing.assert_frame_equal(drawn, expected)
    again = editing_table(read_edits(EDITS), answers, CLIP, 0)
    assert again.to_csv() == table.to_csv()
    assert as_svg(editing_figure(table)) == as_svg(editing_figure(again))
