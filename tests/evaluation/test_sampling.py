"""The table of samplers says what a setting costs and how good it is; its intervals cover what they should."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from impactsound.diffusion.sampler import evaluations
from impactsound.evaluation import metrics
from impactsound.evaluation.comparison import judge
from impactsound.evaluation.pictures import as_svg
from impactsound.evaluation.sampling import kid_interval, sampling_table
from impactsound.evaluation.sampling_figures import sampling_figure
from impactsound.seeds import generator

CLIPS, SAMPLES = 40, 240
SETTINGS = [("dpm++", 5, 1.0), ("dpm++", 40, 1.0), ("heun", 20, 1.0), ("ddim", 20, 1.0), ("ddim", 20, 3.0)]


def normal(clips, *parts):
    return torch.randn(clips, 1, generator=generator("test", *parts))


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
        assert row.kid == metrics.kid(reference, features, 0)
        assert row.accuracy == metrics.accuracy(label, posterior.argmax(1).numpy())
        assert row.kid_low < row.kid < row.kid_high and row.accuracy_low <= row.accuracy <= row.accuracy_high
    assert table["kid"][1] < table["kid"][0] and table["accuracy"][1] > table["accuracy"][0]


def test_the_same_sounds_give_the_same_bytes(made):
    network, real, off, label, _, table = made
    again = sampling_table(
        network, real, label, np.arange(CLIPS) // 2, SETTINGS, lambda _, steps, __: real + off / steps, 0
    )
    assert again.to_csv() == table.to_csv()
    assert as_svg(sampling_figure(again)) == as_svg(sampling_figure(table))


@pytest.mark.parametrize(("mean", "together"), [(1.0, 0.0), (0.7, 0.9)])
def test_the_interval_covers_the_distance_of_the_distributions(mean, together):
    """Of one feature, the cubic kernel's MMD^2 is (difference of m_3)^2 + 3 (of m_2)^2 + 3 (of m_1)^2.

    Real ones are N(0, 1) and generated ones N(mean, 1), of which a share `together` is the same for a clip's two
    sounds. An interval of pairs drawn apart would be too wide then.
    """
    truth = (mean**3 + 3 * mean) ** 2 + 3 * mean**4 + 3 * mean**2
    clips, trials, covered, widths, found = 150, 40, 0, [], []
    for trial in range(trials):
        real, other = normal(clips, "real", trial), normal(clips, "other", trial)
        generated = mean + together * real + (1 - together**2) ** 0.5 * other
        low, high = kid_interval(real, generated, trial, draws=300)
        covered += low < truth < high
        widths.append(high - low)
        found.append(metrics.kid(real, generated, trial))
    assert covered / trials > 0.85
    assert np.mean(widths) / 3.92 == pytest.approx(np.std(found), rel=0.3)


def test_the_interval_of_equal_distributions_has_0_in_it():
    kept = [kid_interval(normal(60, "a", trial), normal(60, "b", trial), trial, draws=200) for trial in range(20)]
    assert sum(low < 0 < high for low, high in kept) >= 19


def test_the_interval_is_resampled_pairs_of_different_clips():
    """Against a loop that leaves the pairs of a clip with itself out one by one."""
    real, generated = torch.randn(2, 6, 3, generator=generator(0), dtype=torch.float64)

    def kernel(one, other):
        return float(one @ other / 3 + 1) ** 3

    def mmd(rows):
        terms = [
            kernel(real[i], real[j]) + kernel(generated[i], generated[j])
            - kernel(real[i], generated[j]) - kernel(real[j], generated[i])
            for i in rows for j in rows if i != j
        ]  # fmt: skip
        return np.mean(terms)

    drawn_rows = torch.randint(6, (50, 6), generator=generator(4, "kid", "bootstrap")).tolist()
    off = np.array([mmd(rows) for rows in drawn_rows]) - mmd(range(6))
    expected = metrics.kid(real, generated, 4) + np.quantile(off, [0.025, 0.975])
    assert kid_interval(real, generated, 4, draws=50) == pytest.approx(expected, rel=1e-6)


def test_identical_sets_differ_by_nothing_however_they_are_resampled():
    real = normal(50, "real")
    low, high = kid_interval(real, real)
    assert low == high == metrics.kid(real, real)


def test_one_clip_has_no_distance():
    with pytest.raises(ValueError, match="two clips"):
        kid_interval(torch.zeros(1, 3), torch.zeros(1, 3))


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


def test_a_handful_of_clips_has_an_interval():
    """Of four clips, one draw in 64 is of a single clip, which has no pairs."""
    features = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    low, high = kid_interval(features, features + 0.1)
    assert low < high
