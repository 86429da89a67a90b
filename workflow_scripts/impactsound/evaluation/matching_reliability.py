"""Whether the distance to a match tells how far it can be trusted: right matches and errors by fifths of the clips.

A way's clips are ordered by the distance to their nearest match, whose scale differs between ways, and cut into fifths.

Columns: `way`; `part`, 1 being the nearest fifth; means over its `n` clips of the `distance`, and, with their 95 %
intervals over videos, of `same` (the match's material is the clip's) and `energy` (RMS error of its modes', dB).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from impactsound.evaluation.matching import resampled_means
from impactsound.evaluation.pictures import DPI, plain

PARTS = 5
LABELS = {"same": "share of matches of the material", "energy": "error of the modes' energies (dB)"}
COLOURS = ("#1f6f8b", "#a8371f", "#8a6d00", "#7a5195", "#2f7d3b", "#5b616b")


def fifths(distance: np.ndarray) -> np.ndarray:
    """The part of each clip, from 1 for the nearest; of equal ones those that come first are nearer.

    >>> fifths(np.array([0.3, 0.1, 0.2, 0.5, 0.4])).tolist()
    [3, 1, 2, 5, 4]
    """
    rank = np.argsort(np.argsort(distance, kind="stable"), kind="stable")
    return rank * PARTS // len(distance) + 1


def reliability_table(
    scores: Mapping[str, pd.DataFrame], distance: Mapping[str, np.ndarray], video: np.ndarray, seed: int
) -> pd.DataFrame:
    """The table.

    Args:
        scores: of each way `same` and `energy` of a clip's nearest match, a row a clip; distance: to it. A way
            whose distances are another's, blending the same matches otherwise, is left out.
        video: of each clip.
    """
    rows, known = [], set()
    for way, found in scores.items():
        key = distance[way].tobytes()
        if key in known:  # a blend of the same matches
            continue
        known.add(key)
        part = fifths(distance[way])
        for number in np.unique(part):
            inside = part == number
            values = found.loc[inside, list(LABELS)]
            drawn = resampled_means(values, video[inside], seed).quantile([0.025, 0.975])
            row = {"way": way, "part": number, "distance": distance[way][inside].mean()}
            for name in LABELS:
                row |= {
                    name: values[name].mean(),
                    f"{name}_low": drawn[name].iloc[0],
                    f"{name}_high": drawn[name].iloc[1],
                }
            rows.append(row | {"n": int(inside.sum())})
    return pd.DataFrame(rows)


def reliability_figure(table: pd.DataFrame, names: Mapping[str, str] | None = None) -> Figure:
    """A panel a measure, a line a way; bars are 95 % intervals.

    Args:
        table: of `reliability_table`.
        names: what the ways are called; those without one go by their own.
    """
    figure = Figure(figsize=(9, 4), dpi=DPI, layout="constrained")
    axes = figure.subplots(1, len(LABELS))
    ways = list(table.groupby("way", sort=False))
    for axis, (measure, label) in zip(axes, LABELS.items(), strict=True):
        for place, (way, rows) in enumerate(ways):
            at = rows["part"] + 0.06 * (place - (len(ways) - 1) / 2)  # beside each other, lest the bars hide each other
            style = {"color": COLOURS[place % len(COLOURS)], "linewidth": 1.3}
            axis.plot(at, rows[measure], marker="o", markersize=3, label=plain((names or {}).get(way, way)), **style)
            axis.vlines(at, rows[f"{measure}_low"], rows[f"{measure}_high"], alpha=0.3, **style)
        axis.set(xlabel="fifth of the clips, nearest match first", ylabel=label, xticks=range(1, PARTS + 1))
        axis.set_ylim(bottom=0, top=1.02 if measure == "same" else None)
        axis.grid(alpha=0.3)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small")
    return figure
