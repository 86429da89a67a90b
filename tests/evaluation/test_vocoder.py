"""The vocoder's table: a true phase has nothing left to find, a random one comes nearer, and the cheapest is chosen."""

import math

import numpy as np
import pandas as pd
import pytest
import torch

from impactsound.config import Clip
from impactsound.evaluation import vocoder as module
from impactsound.evaluation.pictures import as_svg
from impactsound.evaluation.vocoder import ENOUGH, LOWEST, correlate, disturbed, standard_error, vocoder_table
from impactsound.evaluation.vocoder_figures import vocoder_figure
from impactsound.vocoder.griffin_lim import griffin_lim, onset_phase, phase_of, random_phase, spectral_convergence
from impactsound.vocoder.spectrogram import log_spectrogram, stft

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64, floor=1e-4, ceiling=200.0)
CLIPS = ["bell", "cup", "drum", "pan"]
GROUP = ["one", "one", "two", "three"]
COUNTS = (0, 1, 4, 16)
COLUMNS = [
    *("error", "start", "iterations", "convergence_db", "convergence_db_se"),
    *("correlation", "correlation_se", "n", "chosen"),
]


def impacts() -> torch.Tensor:
    """Struck objects of eight modes each, `[clip, time]`."""
    time = torch.arange(CLIP.n_samples) / CLIP.sample_rate
    draw = torch.rand(3, len(CLIPS), 8, 1, generator=torch.Generator().manual_seed(1))
    frequency, decay, amplitude = 100 + 3000 * draw[0], 10 + 60 * draw[1], draw[2]
    sound = (amplitude * torch.exp(-decay * time) * torch.cos(2 * torch.pi * frequency * time)).sum(dim=1)
    return sound / sound.abs().amax(dim=1, keepdim=True)


def starts() -> dict[str, torch.Tensor]:
    sound = impacts()
    return {"true": phase_of(sound, CLIP), "random": random_phase(CLIPS, CLIP, 0), "onset": onset_phase(CLIP)}


def measured(iterations=COUNTS, errors=(0.0, 0.05), group=GROUP) -> pd.DataFrame:
    return vocoder_table(impacts(), starts(), CLIP, CLIPS, group, 0, iterations, errors)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return measured()


def test_a_row_an_error_a_start_and_a_number_of_iterations(table):
    assert table.columns.tolist() == COLUMNS
    keys = [(error, start, count) for error in (0.0, 0.05) for start in starts() for count in COUNTS]
    assert list(table[["error", "start", "iterations"]].itertuples(index=False, name=None)) == keys
    assert (table["n"] == len(CLIPS)).all()


def test_a_true_phase_is_as_good_as_it_gets_at_once(table):
    rows = table[(table["start"] == "true") & (table["error"] == 0)]
    assert (rows["convergence_db"] < -100).all() and (rows["convergence_db"] >= LOWEST).all()
    assert rows["correlation"].tolist() == pytest.approx([1] * len(COUNTS), abs=1e-6)


def test_iterations_bring_the_magnitude_nearer_but_not_the_waveform_of_a_random_start(table):
    rows = table[(table["start"] == "random") & (table["error"] == 0)]
    assert (np.diff(rows["convergence_db"]) < -2).all()
    assert rows["correlation"].abs().max() < 0.6


def test_an_error_takes_most_where_there_is_least(table):
    near = table.set_index(["error", "start", "iterations"])["convergence_db"]
    assert near[0.05, "true", 16] > near[0.0, "true", 16] + 60
    assert abs(near[0.05, "random", 0] - near[0.0, "random", 0]) < 1


def test_the_figures_are_means_over_the_clips(table):
    wanted = stft(impacts(), CLIP).abs()
    found = griffin_lim(wanted, CLIP, random_phase(CLIPS, CLIP, 0), 4)
    near = 20 * spectral_convergence(stft(found, CLIP).abs(), wanted).log10()
    alike = torch.nn.functional.cosine_similarity(found, impacts())
    row = table.set_index(["error", "start", "iterations"]).loc[0.0, "random", 4]
    assert row["convergence_db"] == pytest.approx(near.mean().item(), abs=1e-3)
    assert row["correlation"] == pytest.approx(alike.mean().item(), abs=1e-4)
    assert row["convergence_db_se"] == pytest.approx(standard_error(near.double().numpy(), GROUP), abs=1e-3)
    assert row["correlation_se"] == pytest.approx(standard_error(alike.double().numpy(), GROUP), abs=1e-4)


def test_the_fewest_iterations_that_are_enough_are_chosen(table):
    for _, rows in table.groupby(["error", "start"]):
        assert rows["chosen"].sum() == 1
        chosen = rows.loc[rows["chosen"], "iterations"].item()
        enough = rows["convergence_db"] <= rows["convergence_db"].min() + ENOUGH
        assert chosen == rows.loc[enough, "iterations"].min()
    assert table.loc[table["chosen"] & (table["start"] == "random") & (table["error"] == 0), "iterations"].item() == 16


def test_a_row_does_not_depend_on_the_batches_nor_on_the_other_rows(table, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 3)
    again = measured(iterations=(4, 1), errors=(0.05,))
    same = table[(table["error"] == 0.05) & table["iterations"].isin((1, 4))].reset_index(drop=True)
    assert again["iterations"].tolist() == [1, 4] * 3
    pd.testing.assert_frame_equal(again.drop(columns="chosen"), same.drop(columns="chosen"), rtol=1e-3, atol=1e-4)


def test_the_error_is_that_of_the_log_spectrogram_and_the_clips_own():
    sound, true = impacts(), log_spectrogram(impacts(), CLIP)
    low, high = math.log(CLIP.floor), math.log(CLIP.ceiling)
    log = 2 * ((disturbed(sound, CLIP, CLIPS, 0.02, 0) + CLIP.floor).log() - low) / (high - low) - 1
    inside = true.abs() < 0.9
    assert (log - true)[inside].std().item() == pytest.approx(0.02, rel=0.05)
    twice = disturbed(sound[:1].expand(2, -1), CLIP, CLIPS[:2], 0.02, 0)
    assert not torch.allclose(twice[0], twice[1], rtol=1e-2)
    alone = disturbed(sound[2:3], CLIP, CLIPS[2:3], 0.02, 0)
    torch.testing.assert_close(alone, disturbed(sound, CLIP, CLIPS, 0.02, 0)[2:3], rtol=1e-3, atol=1e-5)


def test_the_standard_error_takes_groups_together():
    values = np.random.default_rng(0).normal(size=6)
    alone = standard_error(values, "abcdef")
    assert alone == pytest.approx(values.std(ddof=1) / math.sqrt(6))
    assert standard_error(np.repeat(values, 5), np.repeat(list("abcdef"), 5)) == pytest.approx(alone)
    assert math.isnan(standard_error(values, "aaaaaa"))


def test_a_silent_sound_is_refused_and_correlates_with_nothing():
    silence = torch.zeros(1, CLIP.n_samples)
    with pytest.raises(ValueError, match="silent"):
        vocoder_table(silence, {"onset": onset_phase(CLIP)}, CLIP, CLIPS[:1], GROUP[:1], 0, COUNTS)
    assert correlate(silence, impacts()[:1]).tolist() == [0]


def test_the_figure_is_a_picture_of_the_table_and_always_the_same(table):
    rows = table[table["error"] == 0]
    drawn = as_svg(vocoder_figure(rows))
    assert drawn == as_svg(vocoder_figure(rows))
    assert drawn != as_svg(vocoder_figure(rows.assign(chosen=False)))


def test_a_corpus_of_one_group_has_a_figure_without_errors():
    one = measured(iterations=(0, 1), errors=(0.0,), group=["one"] * len(CLIPS))
    assert one["convergence_db_se"].isna().all()
    assert as_svg(vocoder_figure(one))
