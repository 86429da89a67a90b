"""The threshold and the refractory time of a detector, chosen on videos that it was not trained on."""

from collections.abc import Sequence

import numpy as np

from impactsound.onset.events import Events
from impactsound.onset.peaks import Picker, peaks
from impactsound.onset.scores import counts, figures

REFRACTORY = (0.06, 0.08)  # s: a struck thing is hardly struck again sooner, and a striker hardly bounces later
TOLERANCE = 0.05  # s


def choose(
    curves: Sequence[np.ndarray], events: Sequence[Events], frame_rate: float, thresholds: np.ndarray
) -> tuple[Picker, float]:
    """The picker of the best F-measure over all hits, and that; of equally good thresholds the middle one.

    Args:
        curves: of each video, `[frame]`. thresholds: those to choose from, rising.
    """
    best, chosen = -1.0, None
    for refractory in REFRACTORY:
        tops = [peaks(curve, refractory, frame_rate) for curve in curves]
        scores = np.asarray([_f_measure(tops, events, threshold) for threshold in thresholds])
        if scores.max() > best:
            ties = np.flatnonzero(scores == scores.max())
            best, chosen = float(scores.max()), Picker(float(thresholds[ties[len(ties) // 2]]), refractory)
    return chosen, best


def _f_measure(tops: Sequence[tuple[np.ndarray, np.ndarray]], events: Sequence[Events], threshold: float) -> float:
    counted = [
        counts(video, time[value >= threshold], TOLERANCE) for video, (time, value) in zip(events, tops, strict=True)
    ]
    return float(figures(np.sum(counted, axis=0))[2])
