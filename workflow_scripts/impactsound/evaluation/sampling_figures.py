"""The table of samplers as a picture: KID and accuracy against evaluations of the network, a line a sampler.

The band about a line is the 95 % interval, a bar where there is but a point; a guidance has its own dashes where there
are several. The same table gives the same bytes.
"""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from impactsound.evaluation.pictures import plain

SAMPLERS = {
    "dpm++": ("DPM-Solver++ 2M", "#1f6f8b"),
    "heun": ("Heun (EDM)", "#7a5195"),
    "ddim": ("DDIM", "#8a6d00"),
    "ddpm": ("DDPM", "#a8371f"),
}
DASHES = ("-", "--", ":", "-.")
COLUMNS = {"kid": "KID", "accuracy": "accuracy"}


def sampling_figure(table: pd.DataFrame) -> Figure:
    """A picture of the table of `evaluation.sampling.sampling_table`; a sampler of another name goes by that."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    axes = figure.subplots(1, len(COLUMNS))
    for axis, (column, label) in zip(axes, COLUMNS.items(), strict=True):
        _draw(axis, table, column)
        axis.set(xlabel="evaluations of the network", ylabel=label)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small")
    return figure


def _draw(axis, table: pd.DataFrame, column: str) -> None:
    dashes = dict(zip(sorted(set(table["guidance"])), DASHES, strict=False))
    for (sampler, guidance), rows in table.groupby(["sampler", "guidance"], sort=False):
        line = rows.sort_values("evaluations")
        label, colour = SAMPLERS.get(sampler, (plain(sampler), None))
        if len(dashes) > 1:
            label = f"{label}, guidance {guidance:g}"
        style = {"linestyle": dashes.get(guidance, DASHES[-1]), "linewidth": 1.3, "marker": "o", "markersize": 3}
        (made,) = axis.plot(line["evaluations"], line[column], color=colour, label=label, **style)
        band = line[f"{column}_low"], line[f"{column}_high"]
        if len(line) > 1:
            axis.fill_between(line["evaluations"], *band, color=made.get_color(), alpha=0.15, linewidth=0)
        else:
            axis.vlines(line["evaluations"], *band, color=made.get_color(), alpha=0.5, linewidth=1.3)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.grid(alpha=0.3)
