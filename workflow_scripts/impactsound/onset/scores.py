"""Found hits against the true ones, as `mir_eval.onset` counts: each matched with at most one within the tolerance.

Columns of the table: `detector`; `tolerance` in s; `mean`, over "videos", of each video's figures, or over "hits", of
the counts of all videos together; `precision`, `recall` and `f_measure`, `_low` and `_high` their 95 % over videos
drawn again; `error_ms`, the median absolute error of the matched hits; `videos`, `hits` (true ones), `found`.

Conventions: a found hit near an event that is no hit, such as the start of a scratch, is neither right nor wrong. What
is divided by no hit at all is 0, as in mir_eval.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from mir_eval.util import match_events

from impactsound.evaluation.resampling import Resample, interval, resample
from impactsound.onset.events import UNSURE, Events, nearest

TOLERANCES = (0.05, 0.1)  # s; the former is the usual one of onset detection
FIGURES = ("precision", "recall", "f_measure")


def judged(found: np.ndarray, events: Events) -> np.ndarray:
    """The found times that count: those near a hit, or near no other event, `[hit]`."""
    return found[(nearest(found, events.others) > UNSURE) | (nearest(found, events.hits) < UNSURE)]


def match(events: Events, found: np.ndarray, tolerance: float) -> np.ndarray:
    """Numbers of matched true and found hits, `[pair, 2]`."""
    return np.asarray(match_events(events.hits, found, tolerance), dtype=np.int64).reshape(-1, 2)


def counts(events: Events, found: np.ndarray, tolerance: float) -> np.ndarray:
    """How many hits are matched, found and true, `[3]`."""
    found = judged(found, events)
    return np.asarray([len(match(events, found, tolerance)), len(found), len(events.hits)])


def figures(counted: np.ndarray) -> np.ndarray:
    """Precision, recall and F-measure, `[..., 3]`, of counts of matched, found and true hits, `[..., 3]`.

    >>> figures(np.array([[3, 4, 6], [0, 0, 2]])).round(2).tolist()
    [[0.75, 0.5, 0.6], [0.0, 0.0, 0.0]]
    """
    matched, found, true = np.moveaxis(np.asarray(counted, dtype=float), -1, 0)
    whole = np.stack([found, true, (found + true) / 2], axis=-1)
    return matched[..., None] / np.where(whole > 0, whole, 1.0)


def errors(events: Events, found: np.ndarray, tolerance: float) -> np.ndarray:
    """Seconds by which the matched hits are found late, `[pair]`."""
    found = judged(found, events)
    pairs = match(events, found, tolerance)
    return found[pairs[:, 1]] - events.hits[pairs[:, 0]]


def onset_table(events: Sequence[Events], found: Mapping[str, Sequence[np.ndarray]], seed: int) -> pd.DataFrame:
    """The table of detectors.

    Args:
        events: of each video.
        found: by the detector's name, the times that it found in each video.
    """
    drawn = resample(np.arange(len(events)), seed)
    rows = []
    for detector, times in found.items():
        for tolerance in TOLERANCES:
            counted = np.stack([counts(*video, tolerance) for video in zip(events, times, strict=True)])
            late = np.concatenate([errors(*video, tolerance) for video in zip(events, times, strict=True)])
            rows += [
                {
                    "detector": detector,
                    "tolerance": tolerance,
                    "mean": mean,
                    **row,
                    "error_ms": 1000 * float(np.median(np.abs(late))) if len(late) else float("nan"),
                    "videos": len(events),
                    "hits": counted[:, 2].sum(),
                    "found": counted[:, 1].sum(),
                }
                for mean, row in (("videos", over_videos(counted, drawn)), ("hits", over_hits(counted, drawn)))
            ]
    return pd.DataFrame(rows)


def over_videos(counted: np.ndarray, drawn: Resample) -> dict[str, float]:
    """The mean of the videos' figures, and its interval, of counts `[video, 3]`."""
    each = figures(counted)
    return _named(each.mean(0), drawn.times @ each / len(each))


def over_hits(counted: np.ndarray, drawn: Resample) -> dict[str, float]:
    """The figures of all hits together, and their interval, of counts `[video, 3]`."""
    return _named(figures(counted.sum(0)), figures(drawn.times @ counted))


def _named(values: np.ndarray, draws: np.ndarray) -> dict[str, float]:
    """Figures `[3]` by name, each with the interval of its draws `[draw, 3]`."""
    row = {}
    for name, value, column in zip(FIGURES, values, draws.T, strict=True):
        low, high = interval(column)
        row |= {name: float(value), f"{name}_low": low, f"{name}_high": high}
    return row
