"""Intervals cover the distance of the distributions, and are as wide as it varies from sample to sample."""

import numpy as np
import pytest
import torch

from impactsound.evaluation import bootstrap, metrics
from impactsound.evaluation.resampling import resample
from impactsound.seeds import generator


def normal(clips, *parts, features=1):
    return torch.randn(clips, features, generator=generator("test", *parts))


@pytest.mark.parametrize(("mean", "together"), [(1.0, 0.0), (0.7, 0.9)])
def test_that_of_kid_covers_the_distance_of_the_distributions(mean, together):
    """Of one feature, the cubic kernel's MMD^2 is (difference of m_3)^2 + 3 (of m_2)^2 + 3 (of m_1)^2.

    Real ones are N(0, 1) and generated ones N(mean, 1), of which a share `together` is the same for a clip's two
    sounds. An interval of pairs drawn apart would be too wide then.
    """
    truth = (mean**3 + 3 * mean) ** 2 + 3 * mean**4 + 3 * mean**2
    clips, trials, covered, widths, found = 150, 40, 0, [], []
    for trial in range(trials):
        real, other = normal(clips, "real", trial), normal(clips, "other", trial)
        generated = mean + together * real + (1 - together**2) ** 0.5 * other
        low, high = bootstrap.kid_interval(real, generated, trial, draws=300)
        covered += low < truth < high
        widths.append(high - low)
        found.append(metrics.kid(real, generated))
    assert covered / trials > 0.85
    assert np.mean(widths) / 3.92 == pytest.approx(np.std(found), rel=0.3)


def test_that_of_kad_covers_the_distance_of_the_distributions():
    """Of N(0, 1) and N(m, 1), by the Gaussian integral, MMD^2 is 2 s / (2 + s^2)^.5 (1 - exp(-m^2 / 2 (2 + s^2)))."""
    mean, covered = 1.0, 0
    for trial in range(40):
        real, generated = normal(150, "real", trial), mean + normal(150, "other", trial)
        wide = metrics.bandwidth(real) ** 2
        truth = 200 * (wide / (2 + wide)) ** 0.5 * (1 - np.exp(-(mean**2) / (2 * (2 + wide))))
        low, high = bootstrap.kad_interval(real, generated, trial, draws=300)
        covered += low < truth < high
        assert low < metrics.kad(real, generated) < high
    assert covered / 40 > 0.85


def test_that_of_fid_is_as_wide_as_fid_varies():
    """Ten hits a video are nearly one: an interval over clips would be far too narrow."""
    video, found, widths = np.repeat(np.arange(40), 10), [], []
    for trial in range(40):
        real, other = (normal(40, name, trial, features=3).repeat_interleave(10, 0) for name in ("real", "other"))
        real, other = (
            real + 0.1 * normal(400, "a", trial, features=3),
            1 + other + 0.1 * normal(400, "b", trial, features=3),
        )
        low, high = bootstrap.fid_interval(real, other, trial, group=video)
        found.append(metrics.fid(real, other))
        assert low < found[-1] < high
        widths.append(high - low)
    assert np.mean(widths) / 3.92 == pytest.approx(np.std(found), rel=0.3)


def test_fid_is_resampled_in_parts_and_not_where_it_would_take_hours(monkeypatch):
    real, other = normal(30, "a", features=4), normal(30, "b", features=4)
    whole = bootstrap.frechet_draws(real, other, resample(np.arange(30), 0, 10), 10)
    monkeypatch.setattr(bootstrap, "NUMBERS", 3 * real.numel())
    assert bootstrap.frechet_draws(real, other, resample(np.arange(30), 0, 10), 10) == pytest.approx(whole)
    monkeypatch.setattr(bootstrap, "LARGEST", 3)
    assert np.isnan(bootstrap.fid_interval(real, other)).all()


def test_that_of_equal_distributions_has_0_in_it():
    kept = [bootstrap.kid_interval(normal(60, "a", t), normal(60, "b", t), t, draws=200) for t in range(20)]
    assert sum(low < 0 < high for low, high in kept) >= 18


def test_kid_is_resampled_over_pairs_of_different_clips():
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

    times = resample(np.arange(6), 4, 50).times.astype(int)
    expected = np.quantile([mmd(np.repeat(np.arange(6), each)) for each in times], [0.025, 0.975])
    assert bootstrap.kid_interval(real, generated, 4, draws=50) == pytest.approx(expected, rel=1e-6)


def test_identical_sets_differ_by_nothing_however_they_are_resampled():
    real = normal(50, "real", features=4)
    for name in ("kid", "kad", "fid"):
        assert getattr(bootstrap, f"{name}_interval")(real, real) == pytest.approx((0, 0), abs=1e-9)


def test_one_clip_has_no_distance():
    for name in ("kid", "kad", "fid"):
        with pytest.raises(ValueError, match="two clips"):
            getattr(bootstrap, f"{name}_interval")(torch.zeros(1, 3), torch.zeros(1, 3))


def test_a_handful_of_clips_has_an_interval():
    """Of four clips, one draw in 64 is of a single clip, which has no pairs."""
    features = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    low, high = bootstrap.kid_interval(features, features + 0.1)
    assert low < high
