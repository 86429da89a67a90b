"""The vocoder's table as a picture: convergence and correlation against iterations, a line a start.

A row of axes an error of the spectrogram. The band about a line is a standard error to either side; the ring is on the
iterations that are chosen. The same table gives the same bytes.
"""

import pandas as pd
from matplotlib.figure import Figure

from impactsound.evaluation.pictures import plain

STARTS = {
    "random": ("random phase", "#8a6d00"),
    "onset": ("cosines from the onset", "#7a5195"),
    "modal_matched": ("priors of the clip that looks most alike", "#a8371f"),
    "modal_own": ("the clip's own priors", "#1f6f8b"),
}
COLUMNS = {"convergence_db": "spectral convergence, dB", "correlation": "correlation with the waveform"}


def vocoder_figure(table: pd.DataFrame) -> Figure:
    """A picture of the table of `evaluation.vocoder.vocoder_table`; a start of another name goes by that."""
    errors = list(dict.fromkeys(table["error"]))
    figure = Figure(figsize=(10, 3.2 * len(errors) + 0.8), layout="constrained")
    axes = figure.subplots(len(errors), len(COLUMNS), squeeze=False, sharex=True, sharey="col")
    for row, error in zip(axes, errors, strict=True):
        for axis, (column, label) in zip(row, COLUMNS.items(), strict=True):
            _draw(axis, table[table["error"] == error], column)
            axis.set(title=_title(error), ylabel=label)
    for axis in axes[-1]:
        axis.set_xlabel("iterations")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize="small")
    return figure


def _draw(axis, rows: pd.DataFrame, column: str) -> None:
    counts = sorted(set(rows["iterations"]))
    axis.set_xscale("symlog", base=2, linthresh=1)  # 0 has a place, too
    axis.set_xticks(counts, [str(count) for count in counts], minor=False)
    axis.grid(alpha=0.3)
    for start, line in rows.groupby("start", sort=False):
        label, colour = STARTS.get(start, (plain(start), None))
        (drawn,) = axis.plot(line["iterations"], line[column], color=colour, label=label, linewidth=1.3)
        low, high = line[column] - line[f"{column}_se"], line[column] + line[f"{column}_se"]
        axis.fill_between(line["iterations"], low, high, color=drawn.get_color(), alpha=0.15, linewidth=0)
        best = line[line["chosen"]]
        axis.plot(best["iterations"], best[column], "o", color=drawn.get_color(), fillstyle="none")


def _title(error: float) -> str:
    return f"Spectrogram with an error of {error:g}" if error else "Spectrogram of the sound itself"
