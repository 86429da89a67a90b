"""Metrics: identities, bounds, and the same figures from an independent implementation."""

import numpy as np
import pytest
import scipy.linalg
import torch
from scipy.special import rel_entr

from impactsound.evaluation import metrics
from impactsound.seeds import generator


def gaussian(n, dim, name, shift=0.0, scale=1.0):
    return shift + scale * torch.randn(n, dim, generator=generator("metrics", name))


def test_fid_agrees_with_scipy():
    real, other = gaussian(200, 8, "a"), gaussian(200, 8, "b", shift=0.5, scale=1.7)
    x, y = real.double().numpy(), other.double().numpy()
    cross = scipy.linalg.sqrtm(np.cov(x.T) @ np.cov(y.T)).real
    expected = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * cross)
    assert metrics.fid(real, other) == pytest.approx(expected, rel=1e-6)


def test_fid_of_a_shift_is_its_square():
    real = gaussian(100, 4, "a")
    assert metrics.fid(real, real + torch.tensor([1.0, 2.0, 0.0, 0.0])) == pytest.approx(5.0, rel=1e-4)


def test_kid_agrees_with_the_unbiased_formula():
    real, other = gaussian(50, 6, "a"), gaussian(50, 6, "b", shift=1.0)
    x, y = real.double().numpy(), other.double().numpy()

    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3

    def off_diagonal(k):
        return (k.sum() - np.trace(k)) / (len(k) * (len(k) - 1))

    expected = off_diagonal(kernel(x, x)) + off_diagonal(kernel(y, y)) - 2 * kernel(x, y).mean()
    assert metrics.kid(real, other) == pytest.approx(expected, rel=1e-4)  # one subset is the whole set


def test_kid_leaves_the_global_generator_alone_and_repeats():
    real, other = gaussian(150, 6, "a"), gaussian(150, 6, "b")
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    assert metrics.kid(real, other) == metrics.kid(real, other)
    assert torch.rand(1) == expected


def test_kl_agrees_with_scipy_and_is_zero_for_the_same():
    p, q = (gaussian(30, 10, name).softmax(1) for name in "pq")
    expected = rel_entr(p.double().numpy(), q.double().numpy()).sum(1).mean()
    assert metrics.kl(p, q) == pytest.approx(expected, rel=1e-6)
    assert metrics.kl(p, p) == 0
    assert metrics.kl(p, q) > 0


def test_identical_sets_are_at_distance_zero():
    real = gaussian(150, 16, "a")
    assert metrics.fid(real, real) == pytest.approx(0, abs=1e-6)
    assert abs(metrics.kid(real, real)) < 0.1 * metrics.kid(real, gaussian(150, 16, "b", shift=1.0))


def test_accuracies():
    label = np.array([0, 0, 0, 2])
    decision = np.array([0, 0, 1, 2])
    assert metrics.accuracy(label, decision) == 0.75
    assert metrics.macro_accuracy(label, decision) == pytest.approx((2 / 3 + 1) / 2)


def test_interval_covers_and_is_wider_when_hits_of_a_video_are_alike():
    rng = np.random.default_rng(0)
    label = np.zeros(400, dtype=int)
    decision = (rng.random(400) < 0.3).astype(int)
    low, high = metrics.accuracy_interval(label, decision, np.arange(400))
    assert low < metrics.accuracy(label, decision) < high
    spread = np.sqrt(0.7 * 0.3 / 400)
    assert high - low == pytest.approx(2 * 1.96 * spread, rel=0.15)  # binomial
    alike = np.repeat(rng.random(40) < 0.3, 10).astype(int)
    low, high = metrics.accuracy_interval(label, alike, np.repeat(np.arange(40), 10))
    assert high - low > 2 * 2 * 1.96 * spread


@pytest.mark.parametrize("name", ["fid", "kid", "kl"])
def test_what_cannot_be_compared_is_refused(name):
    metric = getattr(metrics, name)
    good = gaussian(5, 3, "a").softmax(1)
    for real, other in (
        (good, good[:4]),
        (good[:1], good[:1]),
        (good[:0], good[:0]),
        (good, good * torch.nan),
    ):
        with pytest.raises(ValueError, match=r"differ|two clips|finite"):
            metric(real, other)
