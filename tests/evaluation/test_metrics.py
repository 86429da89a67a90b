"""Metrics: identities, bounds, and the same figures from an independent implementation."""

import numpy as np
import pytest
import scipy.linalg
import torch
from scipy.spatial.distance import pdist
from scipy.special import rel_entr
from sklearn.metrics.pairwise import rbf_kernel
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import poly_kernel, poly_mmd

from impactsound.evaluation import metrics
from impactsound.seeds import generator


def gaussian(n, dim, name, shift=0.0, scale=1.0):
    return shift + scale * torch.randn(n, dim, generator=generator("metrics", name))


class Ready(nn.Module):
    """Stands where torchmetrics expects an image network."""

    def __init__(self, num_features):
        super().__init__()
        self.num_features = num_features

    def forward(self, features):
        return features


@pytest.mark.parametrize(("clips", "features"), [(200, 8), (20, 50)])
def test_fid_agrees_with_torchmetrics_with_more_clips_than_features_or_fewer(clips, features):
    real, other = gaussian(clips, features, "a"), gaussian(clips, features, "b", shift=0.5, scale=1.7)
    oracle = FrechetInceptionDistance(feature=Ready(features)).set_dtype(torch.float64)
    oracle.update(real.double(), real=True)
    oracle.update(other.double(), real=False)
    assert metrics.fid(real, other) == pytest.approx(float(oracle.compute()), rel=1e-6)


def test_fid_agrees_with_scipy():
    real, other = gaussian(200, 8, "a"), gaussian(200, 8, "b", shift=0.5, scale=1.7)
    x, y = real.double().numpy(), other.double().numpy()
    cross = scipy.linalg.sqrtm(np.cov(x.T) @ np.cov(y.T)).real
    expected = np.sum((x.mean(0) - y.mean(0)) ** 2) + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * cross)
    assert metrics.fid(real, other) == pytest.approx(expected, rel=1e-6)


def test_fid_of_a_shift_is_its_square_also_where_a_feature_never_changes():
    real = gaussian(100, 4, "a")
    real[:, 3] = 0
    assert metrics.fid(real, real + torch.tensor([1.0, 2.0, 0.0, 0.0])) == pytest.approx(5.0, rel=1e-4)


def test_a_clip_that_counts_twice_is_there_twice():
    real, other = gaussian(30, 4, "a"), gaussian(30, 4, "b", shift=1.0)
    times = torch.tensor([0.0, 2.0, 3.0] + 27 * [1.0])
    rows = torch.arange(30).repeat_interleave(times.long())
    found = metrics.frechet(real, other, torch.stack([times, torch.ones(30)]))
    assert found.tolist() == pytest.approx([metrics.fid(real[rows], other[rows]), metrics.fid(real, other)])


def unpaired(kernel, x, y):
    """The mean over pairs of different clips, from whole kernel matrices."""
    total = kernel(x, x) + kernel(y, y) - kernel(x, y) - kernel(y, x)
    return (total.sum() - np.trace(total)) / (len(x) * (len(x) - 1))


def test_kid_is_that_of_torchmetrics_but_for_the_pairs_of_a_clip_with_itself():
    real, other = gaussian(50, 6, "a").double(), gaussian(50, 6, "b", shift=1.0).double()
    across = poly_kernel(real, other)
    usual, own = across.mean(), (across.sum() - across.trace()) / (50 * 49)
    assert metrics.kid(real, other) == pytest.approx(float(poly_mmd(real, other) + 2 * usual - 2 * own), rel=1e-9)


def test_kad_agrees_with_the_formula_on_the_kernel_of_sklearn():
    real, other = gaussian(50, 6, "a"), gaussian(50, 6, "b", shift=1.0)
    deviation = np.median(pdist(real.double().numpy()))
    expected = unpaired(
        lambda x, y: rbf_kernel(x, y, gamma=1 / (2 * deviation**2)), real.double().numpy(), other.double().numpy()
    )
    assert metrics.kad(real, other) == pytest.approx(100 * expected, rel=1e-6)
    assert metrics.kad(other, real) != pytest.approx(100 * expected, rel=1e-3)  # the real set has the median


def test_kad_does_not_see_the_scale_of_the_features_and_is_at_most_two_hundred():
    real, other = gaussian(40, 6, "a"), gaussian(40, 6, "b", shift=1.0)
    assert metrics.kad(1000 * real, 1000 * other) == pytest.approx(metrics.kad(real, other), rel=1e-5)
    assert 0 < metrics.kad(real, other) < metrics.kad(real, other + 100) < 200
    assert metrics.kad(torch.zeros(5, 2), torch.ones(5, 2)) == pytest.approx(200 * (1 - np.exp(-1)))  # no distance


@pytest.mark.parametrize("name", ["kid", "kad"])
def test_being_near_ones_own_real_sound_does_not_flatter_a_set(name):
    """Sets of one distribution: 0 on average, whether or not a clip's two sounds are alike."""
    metric = getattr(metrics, name)
    found = []
    for trial in range(200):
        real, other = gaussian(12, 3, ("real", trial)), gaussian(12, 3, ("other", trial))
        found.append((metric(real, 0.9 * real + (1 - 0.81) ** 0.5 * other), metric(real, other)))
    found = np.array(found)
    assert np.abs(found.mean(0) / (found.std(0) / len(found) ** 0.5)).max() < 3


def test_only_pairs_of_two_videos_count():
    """Against the mean over all ways to take one clip of each video: those have no other pairs."""
    real, other = gaussian(6, 3, "a"), gaussian(6, 3, "b", shift=1.0)
    video = np.array(list("aabbcc"))
    ways = np.array(np.meshgrid([0, 1], [2, 3], [4, 5])).reshape(3, -1).T
    expected = np.mean([metrics.kid(real[rows], other[rows]) for rows in ways])
    assert metrics.kid(real, other, group=video) == pytest.approx(expected)
    with pytest.raises(ValueError, match="two videos"):
        metrics.kid(real, other, np.zeros(6))


def test_pairs_are_the_same_in_blocks(monkeypatch):
    real, other = gaussian(50, 6, "a"), gaussian(50, 6, "b", shift=1.0)
    whole = metrics.kid(real, other)
    monkeypatch.setattr(metrics, "BLOCK", 7)
    assert metrics.kid(real, other) == pytest.approx(whole)


def test_kl_agrees_with_scipy_and_is_zero_for_the_same():
    p, q = (gaussian(30, 10, name).softmax(1) for name in "pq")
    expected = rel_entr(p.double().numpy(), q.double().numpy()).sum(1).mean()
    assert metrics.kl(p, q) == pytest.approx(expected, rel=1e-6)
    assert metrics.kl(p, p) == 0
    assert metrics.kl(p, q) > 0


def test_identical_sets_are_at_distance_zero():
    real = gaussian(150, 16, "a")
    assert metrics.fid(real, real) == pytest.approx(0, abs=1e-6)
    assert metrics.kid(real, real) == metrics.kad(real, real) == 0


@pytest.mark.parametrize("name", ["fid", "kid", "kad", "kl"])
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
