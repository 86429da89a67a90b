"""Hits in a curve over a video's frames: its peaks, no two too near, placed between the frames."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks


@dataclass(frozen=True)
class Picker:
    """What counts as a hit.

    threshold: least value of the curve. refractory: s before and after a hit in which no lesser one counts.
    """

    threshold: float
    refractory: float

    def __call__(self, curve: np.ndarray, frame_rate: float) -> tuple[np.ndarray, np.ndarray]:
        """Times in s and values of the hits, `[hit]`, of a curve `[frame]`."""
        time, value = peaks(curve, self.refractory, frame_rate)
        return time[value >= self.threshold], value[value >= self.threshold]


def peaks(curve: np.ndarray, refractory: float, frame_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Times in s and values of all peaks at least `refractory` seconds apart, the greater first to count.

    A time is that of the top of the parabola through a peak and its neighbours. At a curve's ends, where one is
    missing, it is the frame's own.

    Shape:
        - Input: `[frame]`
        - Output: `[hit]`, `[hit]`

    >>> time, value = peaks(-(np.arange(5) - 2.25) ** 2, 0.08, frame_rate=10.0)
    >>> time.round(3).tolist()
    [0.225]
    """
    around = np.pad(np.asarray(curve, dtype=np.float64), 1, constant_values=-np.inf)
    distance = max(1.0, np.ceil(refractory * frame_rate - 1e-6))
    at, _ = find_peaks(around, distance=distance)
    before, top, after = around[at - 1], around[at], around[at + 1]
    whole = np.isfinite(before) & np.isfinite(after) & (before + after < 2 * top)
    bend = np.where(whole, before - 2 * top + after, 1.0)
    shift = np.where(whole, np.subtract(before, after, where=whole, out=np.zeros_like(top)) / (2 * bend), 0.0)
    return (at - 1 + shift) / frame_rate, top
