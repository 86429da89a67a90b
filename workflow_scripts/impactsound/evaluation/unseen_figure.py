"""The table of the unseen as a picture: recognition against the distance from what was trained on.

A panel a training that lacked some things; a line a system through the quarters of the test clips, whole where it was
trained without those things and dashed where with all; bars are 95 % intervals.
"""

import pandas as pd
from matplotlib.figure import Figure

from impactsound.evaluation.names import title
from impactsound.evaluation.pictures import DPI, plain
from impactsound.evaluation.unseen import QUARTERS

DASHES = {"without": "-", "with all": "--"}
COLOURS = ("#1f6f8b", "#a8371f", "#8a6d00", "#7a5195", "#2f7d3b", "#5b616b")


def unseen_figure(table: pd.DataFrame) -> Figure:
    """The picture of the table that `unseen.unseen_table` makes."""
    variants = table["variant"].unique()
    colours = dict(zip(table["system"].unique(), COLOURS, strict=False))
    figure = Figure(figsize=(4.8 * len(variants) + 0.4, 4.2), dpi=DPI, layout="constrained")
    axes = figure.subplots(1, len(variants), sharey=True, squeeze=False)[0]
    for axis, variant in zip(axes, variants, strict=True):
        rows = table[(table["variant"] == variant) & table["part"].isin(QUARTERS)]
        for (system, trained), line in rows.groupby(["system", "trained"], sort=False):
            _draw(axis, line, colours.get(system), DASHES[trained], f"{plain(title(system))}, {trained}")
        axis.set(title=plain(variant), xlabel="dB from the nearest training clip", ylim=(0, 1))
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("accuracy")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small")
    return figure


def _draw(axis, line: pd.DataFrame, colour: str | None, dashes: str, label: str) -> None:
    style = {"color": colour, "linestyle": dashes, "linewidth": 1.3}
    axis.plot(line["distance"], line["accuracy"], marker="o", markersize=3, label=label, **style)
    axis.vlines(line["distance"], line["accuracy_low"], line["accuracy_high"], color=colour, alpha=0.3, linewidth=1)
