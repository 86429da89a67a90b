"""The table of samplers says what a setting costs and how good it is."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from impactsound.diffusion.sampler import evaluations
from impactsound.evaluation import metrics, recognition
from impactsound.evaluation.judged import judge
from impactsound.evaluation.pictures import as_svg
from impactsound.evaluation.sampling import sampling_table
from impactsound.evaluation.sampling_figures import sampling_figure

CLIPS, SAMPLES = 40, 240
SETTINGS = [("dpm++", 5, 1.0), ("dpm++", 40, 1.0), ("heun", 20, 1.0), ("ddim", 20, 1.0), ("ddim", 20, 3.0)]


class Bands(nn.Module):
    """A classifier of which the features are levels in bands and the decision is the loudest of three."""

    def __init__(self):
        super().__init__()
        self.decide = nn.Linear(6, 3, bias=False)
        self.decide.weight.data = torch.eye(3).repeat_interleave(2, 1)

    def features(self, sound):
        return torch.fft.rfft(sound)[:, 1:].abs().unflatten(1, (6, -1)).mean(2) / 10


@pytest.fixture(scope="module")
def made():
    """The table of a sampler that is off by noise, which falls with steps, and what went into it."""
    network, asked = Bands(), []
    random = np.random.default_rng(0)
    label = random.integers(3, size=CLIPS)
    tone = np.sin(
        2 * np.pi * (20 + 40 * label + random.integers(-15, 15, CLIPS))[:, None] * np.arange(SAMPLES) / SAMPLES
    )
    real = tone * np.exp(-np.linspace(0, 5, SAMPLES)) + 0.02 * random.standard_normal(tone.shape)
    off = 5 * random.standard_normal(real.shape)

    def generate(sampler, steps, guidance):
        asked.append((sampler, steps, guidance))
        return real + off / steps

    table = sampling_table(network, real, label, np.arange(CLIPS) // 2, SETTINGS, generate, 0)
    return network, real, off, label, asked, table


def test_a_row_a_setting_and_what_it_costs(made):
    *_, asked, table = made
    assert asked == SETTINGS
    assert [tuple(row) for row in table[["sampler", "steps", "guidance"]].itertuples(index=False)] == SETTINGS
    assert table["evaluations"].tolist() == [evaluations(sampler, steps) for sampler, steps, _ in SETTINGS]
    assert table["evaluations"].tolist() == [5, 40, 39, 20, 20]  # guidance asks about more clips, not more often
    assert set(table["n"]) == {CLIPS}


def test_quality_is_that_of_the_comparison(made):
    network, real, off, label, _, table = made
    reference, _ = judge(network, real)
    for row in table.itertuples():
        features, posterior = judge(network, real + off / row.steps)
        assert row.kid == metrics.kid(reference, features)
        assert row.accuracy == recognition.accuracy(label, posterior.argmax(1).numpy())
        assert row.kid_low < row.kid < row.kid_high and row.accuracy_low <= row.accuracy <= row.accuracy_high
    assert table["kid"][1] < table["kid"][0] and table["accuracy"][1] > table["accuracy"][0]


def test_the_same_sounds_give_the_same_bytes(made):
    network, real, off, label, _, table = made
    again = sampling_table(
        network, real, label, np.arange(CLIPS) // 2, SETTINGS, lambda _, steps, __: real + off / steps, 0
    )
    assert again.to_csv() == table.to_csv()
    assert as_svg(sampling_figure(again)) == as_svg(sampling_figure(table))


def test_the_figure_has_a_line_and_a_band_a_sampler(made):
    table = made[-1].iloc[[1, 2, 3, 4, 0]]
    for axis, column in zip(sampling_figure(table).axes, ("kid", "accuracy"), strict=True):
        lines = {line.get_label(): line for line in axis.get_lines()}
        assert set(lines) == {
            "DPM-Solver++ 2M, guidance 1", "Heun (EDM), guidance 1", "DDIM, guidance 1", "DDIM, guidance 3",
        }  # fmt: skip
        assert lines["DDIM, guidance 1"].get_color() == lines["DDIM, guidance 3"].get_color()
        assert lines["DDIM, guidance 1"].get_linestyle() != lines["DDIM, guidance 3"].get_linestyle()
        whole = lines["DPM-Solver++ 2M, guidance 1"]
        rows = made[-1].iloc[:2]
        assert whole.get_xdata().tolist() == [5, 40] and whole.get_ydata().tolist() == rows[column].tolist()
        reach = np.concatenate([band.get_paths()[0].vertices[:, 1] for band in axis.collections])
        assert reach.min() == table[f"{column}_low"].min() and reach.max() == table[f"{column}_high"].max()
        point = axis.collections[1].get_paths()[0].vertices  # Heun's, an interval that can be seen
        assert point.tolist() == [[39, table[f"{column}_low"][2]], [39, table[f"{column}_high"][2]]]
        assert axis.get_xscale() == "log" and len(axis.collections) == len(lines)


def test_one_guidance_goes_without_saying():
    row = {"evaluations": 20, "guidance": 2.0, "kid": 0.1, "kid_low": 0.0, "kid_high": 0.2}
    row |= {"accuracy": 0.5, "accuracy_low": 0.4, "accuracy_high": 0.6, "steps": 20}
    axis = sampling_figure(pd.DataFrame([{"sampler": name, **row} for name in ("heun", "$new$")])).axes[0]
    assert [line.get_label() for line in axis.get_lines()] == ["Heun (EDM)", r"\$new\$"]
