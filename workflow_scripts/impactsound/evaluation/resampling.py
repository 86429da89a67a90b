"""Videos drawn again with replacement, each with all of its clips: the hits of a video are alike (Efron 1979).

Conventions: draws follow from the seed alone, so that the figures of all systems have the same ones, and differences
of figures are drawn as such. What is nan of a clip is left out. No clips are a ValueError; of a single video nothing
can be said, and an interval is the figure itself.
"""

from dataclasses import dataclass

import numpy as np

from impactsound.seeds import seed_of

DRAWS = 10_000
LEVELS = (0.025, 0.975)  # of a 95 % interval


@dataclass(frozen=True)
class Resample:
    """member: the number of each clip's video, `[clip]`; times: how often a video is drawn, `[draw, video]`."""

    member: np.ndarray
    times: np.ndarray

    def clips(self, draws: int) -> np.ndarray:
        """How often each clip is drawn, of the first so many draws, `[draw, clip]`."""
        return self.times[:draws, self.member]


def resample(group: np.ndarray, seed: int = 0, draws: int = DRAWS) -> Resample:
    """Draw as many videos as there are.

    Args:
        group: name or number of each clip's video.
    """
    if len(group) == 0:
        raise ValueError("there are no clips to resample")
    _, member = np.unique(group, return_inverse=True)
    videos = member.max() + 1
    drawn = np.random.default_rng(seed_of(seed, "bootstrap")).integers(videos, size=(draws, videos))
    place = (drawn + videos * np.arange(draws)[:, None]).ravel()
    return Resample(member, np.bincount(place, minlength=draws * videos).reshape(draws, videos).astype(float))


def means(values: np.ndarray, drawn: Resample, stratum: np.ndarray | None = None) -> np.ndarray:
    """The mean over the clips of each draw; nan where none of them has a figure.

    Args:
        stratum: class of each clip; the mean is then that over the drawn classes of the means over their clips.

    Shape:
        - Input: `[clip]` each
        - Output: `[draw]`
    """
    known = ~np.isnan(values := np.asarray(values, dtype=float))
    stratum = np.zeros(len(values), dtype=np.int64) if stratum is None else stratum
    classes, videos = stratum.max() + 1, drawn.times.shape[1]
    place = drawn.member * classes + stratum
    total, count = (
        np.bincount(place, weights=each, minlength=videos * classes).reshape(videos, classes)
        for each in (np.where(known, values, 0.0), known)
    )
    total, count = drawn.times @ total, drawn.times @ count
    share = np.divide(total, count, out=np.zeros_like(total), where=count > 0).sum(1)
    there = (count > 0).sum(1)
    return np.divide(share, there, out=np.full(len(share), np.nan), where=there > 0)


def pair_means(total: np.ndarray, count: np.ndarray, drawn: Resample, draws: int) -> np.ndarray:
    """The mean over pairs of clips of two videos, of the first so many draws; nan where one video alone is drawn.

    A video drawn twice is not paired with itself: that would count its nearness to itself as that of two videos.

    Args:
        total, count: sums over the pairs of two videos, and their numbers, 0 within a video.

    Shape:
        - Input: `[video, video]` each
        - Output: `[draw]`
    """
    times = drawn.times[:draws]
    total, count = (((times @ each) * times).sum(1) for each in (total, count))
    return np.divide(total, count, out=np.full(len(times), np.nan), where=count > 0)


def interval(figures: np.ndarray) -> tuple[float, float]:
    """The 95 % that lie in the middle of a figure's draws `[draw]`, those that are nan left out."""
    if np.isnan(figures).all():
        return float("nan"), float("nan")
    low, high = np.nanquantile(figures, LEVELS)
    return float(low), float(high)
