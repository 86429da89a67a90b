"""Distances between real and generated sounds, and how well sounds are recognised.

Conventions: features are `[clip, feature]`, posteriors `[clip, class]` with rows that sum to one, labels
`[clip]` class numbers. Real and generated sets have the same clips in the same order. No clips at all is a ValueError,
never a nan. FID, KID and KL are 0 for identical sets (KID, being unbiased, may lie slightly below) and
grow with the difference; accuracies lie in [0, 1].
"""

import numpy as np
import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from impactsound.seeds import seed_of

KID_SUBSETS = 50
KID_SUBSET_SIZE = 100  # at most, and never more than there are clips


class _Features(nn.Module):
    """Stands where torchmetrics expects an image network: the features come ready."""

    def __init__(self, num_features: int):
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


def validate(real: Tensor, generated: Tensor) -> None:
    """Raise a ValueError unless both sets hold the same clips, at least two of them, and are finite."""
    if real.shape != generated.shape or real.ndim != 2:
        raise ValueError(f"real {tuple(real.shape)} and generated {tuple(generated.shape)} sets differ in shape")
    if len(real) < 2:
        raise ValueError(f"a distance needs two clips or more, there are {len(real)}")
    if not (real.isfinite().all() and generated.isfinite().all()):
        raise ValueError("features or posteriors are not finite")


def fid(real: Tensor, generated: Tensor) -> float:
    """Frechet distance between Gaussians fitted to the features (Heusel et al. 2017)."""
    validate(real, generated)
    metric = FrechetInceptionDistance(feature=_Features(real.shape[1])).set_dtype(torch.float64)
    metric.update(real.double(), real=True)
    metric.update(generated.double(), real=False)
    return float(metric.compute())


def kid(real: Tensor, generated: Tensor, seed: int = 0) -> float:
    """Unbiased squared MMD with a cubic kernel, mean over random subsets (Binkowski et al. 2018)."""
    validate(real, generated)
    metric = KernelInceptionDistance(
        feature=_Features(real.shape[1]), subsets=KID_SUBSETS, subset_size=min(KID_SUBSET_SIZE, len(real))
    )
    metric.update(real, real=True)
    metric.update(generated, real=False)
    with torch.random.fork_rng():
        torch.manual_seed(seed_of(seed, "kid"))  # torchmetrics draws its subsets from the global generator
        return float(metric.compute()[0])


def kl(real: Tensor, generated: Tensor) -> float:
    """Mean over clips of KL(real posterior || generated posterior), in nats."""
    validate(real, generated)
    tiny = torch.finfo(torch.float64).tiny
    p, q = (posterior.double().clamp_min(tiny) for posterior in (real, generated))
    return float((p * (p.log() - q.log())).sum(1).mean())


def accuracy(label: np.ndarray, decision: np.ndarray) -> float:
    """Share of clips recognised as what they are."""
    _validate_labels(label, decision)
    return float(np.mean(label == decision))


def macro_accuracy(label: np.ndarray, decision: np.ndarray) -> float:
    """Mean over the classes that occur of the share recognised, so that each class counts the same."""
    _validate_labels(label, decision)
    right = np.bincount(label, weights=label == decision)
    count = np.bincount(label)
    return float(np.mean(right[count > 0] / count[count > 0]))


def accuracy_interval(
    label: np.ndarray, decision: np.ndarray, group: np.ndarray, seed: int = 0, draws: int = 10_000
) -> tuple[float, float]:
    """95 % bootstrap interval of the accuracy, resampling whole groups (videos), whose hits are alike.

    Args:
        group: name or number of each clip's video.
    """
    _validate_labels(label, decision)
    _, member = np.unique(group, return_inverse=True)
    right, count = np.bincount(member, weights=label == decision), np.bincount(member)
    drawn = np.random.default_rng(seed_of(seed, "bootstrap")).integers(len(count), size=(draws, len(count)))
    shares = right[drawn].sum(1) / count[drawn].sum(1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(low), float(high)


def _validate_labels(label: np.ndarray, decision: np.ndarray) -> None:
    if len(label) == 0 or len(label) != len(decision):
        raise ValueError(f"{len(label)} labels for {len(decision)} decisions")
