"""The table of edits as a picture: the change obtained against the change asked, a panel a kind of edit and measure.

A mark a system and edit, its bar the 95 % interval; on the dashed line a system does all that the physics does.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from impactsound.evaluation.names import title
from impactsound.evaluation.pictures import plain

COLUMNS = 3
STYLES = (
    ("#1f6f8b", "o"),
    ("#a8371f", "s"),
    ("#8a6d00", "D"),
    ("#7a5195", "^"),
    ("#2f7d3b", "v"),
    ("#5b616b", "P"),
)  # colour and mark of a system
MARGIN = 0.15  # of what is asked, left and right of it
MEASURES = {"pitch": "pitch", "t60": "T60", "tilt": "spectral tilt", "level": "level"}
KINDS = {"size": "size", "damping": "damping", "tilt": "tilt", "lowest": "lowest modes"}


def editing_figure(table: pd.DataFrame) -> Figure:
    """The picture of the table that `editing.editing_table` makes."""
    panels = list(table.groupby(["kind", "measure"], sort=False))
    columns = min(COLUMNS, len(panels))
    height = -(-len(panels) // columns)
    figure = Figure(figsize=(3.6 * columns, 3.3 * height + 0.6), layout="constrained")
    axes = figure.subplots(height, columns, squeeze=False).ravel()
    styles = dict(zip(table["system"].unique(), STYLES, strict=False))
    for axis, ((kind, measure), rows) in zip(axes, panels, strict=False):
        for system, points in rows.groupby("system", sort=False):
            _draw(axis, points, *styles.get(system, (None, ".")), plain(title(system)))
        _frame(axis, rows)
        axis.set_title(f"{KINDS.get(kind, kind)}: {MEASURES.get(measure, measure)}", fontsize="medium")
        axis.set(xlabel=f"asked, {rows['unit'].iloc[0]}", ylabel="obtained")
    for axis in axes[len(panels) :]:
        axis.remove()
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, fontsize="small")
    return figure


def _draw(axis, points: pd.DataFrame, colour: str | None, mark: str, label: str) -> None:
    """A system's marks, joined, with their intervals."""
    points = points.sort_values("asked")
    (line,) = axis.plot(
        points["asked"], points["obtained"], marker=mark, markersize=4, linewidth=0.8, color=colour, label=label
    )
    axis.vlines(
        points["asked"],
        points["obtained_low"],
        points["obtained_high"],
        color=line.get_color(),
        alpha=0.4,
        linewidth=1.2,
    )


def _frame(axis, rows: pd.DataFrame) -> None:
    """The line on which what is obtained is what was asked, from no change to beyond all that was asked."""
    ends = np.array([min(0.0, rows["asked"].min()), max(0.0, rows["asked"].max())])
    ends += MARGIN * np.ptp(ends) * np.array([-1, 1])
    axis.plot(ends, ends, color="black", linestyle="--", linewidth=0.8, zorder=0)
    axis.axhline(0, color="black", linewidth=0.5, alpha=0.5)
    axis.axvline(0, color="black", linewidth=0.5, alpha=0.5)
    axis.grid(alpha=0.3)
