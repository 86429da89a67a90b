"""Distances between the set of real sounds and that of generated ones.

Conventions: the real set comes first. Features are `[clip, feature]`, posteriors `[clip, class]` with rows that sum to
one; both sets have the same clips in the same order. Sets that differ in shape, fewer than two clips (or videos, where
they are told), and values that are not finite are a ValueError, never a nan. All distances are 0 for identical sets and
grow with the difference.

KID and KAD estimate a squared maximum mean discrepancy (MMD) without bias, so that they fall below 0 by chance where
the sets are alike. The usual estimate takes the kernel across the sets over all pairs, those of a clip's own two sounds
among them. These are not independent: a sound is made for what is seen of its clip, and is nearer to the real one of
that clip than to others. Of n clips the estimate is too low by 2 / n of how much nearer: real sounds against themselves
come out far below 0, and what is faithful clip by clip is flattered as a set. Here only pairs of different clips count
(Gretton et al. 2012, eq. 4: a U-statistic of the one clip's two sounds and the other's); or of different videos, where
`group` tells them, since the hits of a video are alike.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

KAD_SCALE = 100  # KAD over the squared MMD, as its authors' toolkit has it
BLOCK = 1024  # clips whose pairs with all others are in memory at a time

Kernel = Callable[[Tensor, Tensor], Tensor]


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
    return float(frechet(real, generated, torch.ones(1, len(real)))[0])


def kid(real: Tensor, generated: Tensor, group: np.ndarray | None = None) -> float:
    """Squared MMD with a cubic kernel (Binkowski et al. 2018), over all pairs of clips of different groups."""
    return mmd(*pairs(real, generated, cubic, group))


def kad(real: Tensor, generated: Tensor, group: np.ndarray | None = None) -> float:
    """A hundred times the squared MMD with a Gaussian kernel (Chung et al. 2025).

    The kernel's standard deviation is the median distance between two real sounds.
    """
    validate(real, generated)
    return KAD_SCALE * mmd(*pairs(real, generated, gaussian(bandwidth(real)), group))


def kl(real: Tensor, generated: Tensor) -> float:
    """Mean over clips of KL(real posterior || generated posterior), in nats."""
    return float(divergence(real, generated).mean())


def divergence(real: Tensor, generated: Tensor) -> Tensor:
    """KL(real posterior || generated posterior) of each clip in nats, `[clip]`."""
    validate(real, generated)
    tiny = torch.finfo(torch.float64).tiny
    p, q = (posterior.double().clamp_min(tiny) for posterior in (real, generated))
    return (p * (p.log() - q.log())).sum(1)


def frechet(real: Tensor, generated: Tensor, times: Tensor) -> Tensor:
    """FID where every clip counts so many times.

    The trace of the root of the covariances' product is the nuclear norm of the product of any two factors of them:
    of the centred features themselves, where those are fewer than the clips, by way of their triangular factors.

    Shape:
        - Input: `[clip, feature]` each, `[draw, clip]`
        - Output: `[draw]`
    """
    times = times.double()
    (mean, spread), (other_mean, other_spread) = (_moments(features.double(), times) for features in (real, generated))
    apart = (mean - other_mean).square().sum(-1)
    across = torch.linalg.svdvals(spread @ other_spread.mT).sum(-1)
    total = apart + spread.square().sum((-2, -1)) + other_spread.square().sum((-2, -1))
    return (total - 2 * across).clamp_min(0)  # rounding


def cubic(one: Tensor, other: Tensor) -> Tensor:
    """The kernel of KID, `[clip, other clip]`."""
    return (one @ other.T / one.shape[1] + 1) ** 3


def gaussian(deviation: float) -> Kernel:
    """The kernel of KAD, of a standard deviation."""
    return lambda one, other: torch.exp(-torch.cdist(one, other).square() / (2 * deviation**2))


def bandwidth(real: Tensor) -> float:
    """Median of the distances between two clips; 1 where that is 0, most of them being the same."""
    return float(np.median(torch.pdist(real.double()).numpy())) or 1.0


def pairs(
    real: Tensor, generated: Tensor, kernel: Kernel, group: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """What the pairs of clips of two groups add up to, and how many they are, `[group, group]` each; 0 within a group.

    A pair adds k(x, x') + k(y, y') - 2 k(x, y'), x and y being the real and the generated sound of a clip.

    Args:
        group: name or number of each clip's video; None: each clip is by itself.
    """
    validate(real, generated)
    member = np.arange(len(real)) if group is None else np.unique(group, return_inverse=True)[1]
    if member.max() == 0:
        raise ValueError("a distance needs clips of two videos or more")
    of, x, y = torch.from_numpy(member), real.double(), generated.double()
    total = torch.zeros(len(x), of.max() + 1, dtype=torch.float64)
    for rows in torch.arange(len(x)).split(BLOCK):
        block = kernel(x[rows], x) + kernel(y[rows], y) - 2 * kernel(x[rows], y)
        total[rows] = torch.zeros(len(rows), total.shape[1], dtype=torch.float64).index_add_(1, of, block)
    total = torch.zeros(total.shape[1], total.shape[1], dtype=torch.float64).index_add_(0, of, total)
    size = torch.bincount(of).double()
    return total.fill_diagonal_(0).numpy(), torch.outer(size, size).fill_diagonal_(0).numpy()


def mmd(total: np.ndarray, count: np.ndarray) -> float:
    """Squared MMD from the sums over pairs and their number."""
    return float(total.sum() / count.sum())


def _moments(features: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
    """Mean `[draw, feature]`, and a factor `[draw, n, feature]` whose square is the unbiased covariance."""
    count = times.sum(-1, keepdim=True)
    mean = times @ features / count
    factor = (features - mean[:, None]) * (times / (count - 1)).sqrt()[..., None]
    few = factor.shape[-2] <= factor.shape[-1]
    return mean, factor if few else torch.linalg.qr(factor, mode="r").R
