"""Intervals of 95 % for the distances between sets, by resampling videos with both sounds of their clips.

Conventions are those of `metrics` and of `resampling`; `group` is the video of each clip, each clip being by itself
where it is None. KID and KAD have percentiles of their resampled values, which are without bias as they are
themselves. FID has not: resampled sets hold clips twice, their Gaussians are narrower, and FID grows; its interval is
so many standard deviations of the resampled values about FID, from 0 on.
"""

import numpy as np
import torch
from torch import Tensor

from impactsound.evaluation import metrics
from impactsound.evaluation.resampling import Resample, interval, pair_means, resample

PAIR_DRAWS = 1000
FRECHET_DRAWS = 100  # enough for a standard deviation
DEVIATIONS = 1.96  # of a normal distribution, to either side: 95 %
LARGEST = 512  # features and clips, the fewer of them, of which FID is resampled: its cost grows with their cube
NUMBERS = 2**24  # held in memory at a time


def kid_interval(
    real: Tensor, generated: Tensor, seed: int = 0, draws: int = PAIR_DRAWS, group: np.ndarray | None = None
) -> tuple[float, float]:
    """Of `metrics.kid`."""
    pairs = metrics.pairs(real, generated, metrics.cubic, group)
    return interval(pair_means(*pairs, _resample(real, group, seed, draws), draws))


def kad_interval(
    real: Tensor, generated: Tensor, seed: int = 0, draws: int = PAIR_DRAWS, group: np.ndarray | None = None
) -> tuple[float, float]:
    """Of `metrics.kad`, the kernel being that of all clips."""
    metrics.validate(real, generated)
    pairs = metrics.pairs(real, generated, metrics.gaussian(metrics.bandwidth(real)), group)
    return interval(metrics.KAD_SCALE * pair_means(*pairs, _resample(real, group, seed, draws), draws))


def fid_interval(
    real: Tensor, generated: Tensor, seed: int = 0, draws: int = FRECHET_DRAWS, group: np.ndarray | None = None
) -> tuple[float, float]:
    """Of `metrics.fid`; nan where both features and clips are more than `LARGEST`."""
    figures = frechet_draws(real, generated, _resample(real, group, seed, draws), draws)
    return around(metrics.fid(real, generated), figures)


def frechet_draws(real: Tensor, generated: Tensor, drawn: Resample, draws: int = FRECHET_DRAWS) -> np.ndarray:
    """FID of the first so many draws, `[draw]`; nan where it is not resampled."""
    metrics.validate(real, generated)
    if min(real.shape) > LARGEST:
        return np.full(draws, np.nan)
    parts = torch.from_numpy(drawn.clips(draws)).split(max(1, NUMBERS // real.numel()))
    return torch.cat([metrics.frechet(real, generated, times) for times in parts]).numpy()


def around(fid: float, figures: np.ndarray) -> tuple[float, float]:
    """The interval about FID, from its draws `[draw]`."""
    reach = DEVIATIONS * float(np.std(figures))
    return float(np.maximum(0.0, fid - reach)), fid + reach


def _resample(real: Tensor, group: np.ndarray | None, seed: int, draws: int) -> Resample:
    return resample(np.arange(len(real)) if group is None else group, seed, draws)
