"""What the judge hears in the sounds of each material, as a picture: a panel a system.

A row is a true material, a column the one named; the shade is the share of the row, the number how many sounds.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from impactsound.evaluation.names import title
from impactsound.evaluation.pictures import plain

COLUMNS = 5
PANEL = 2.0  # inches of a panel, square
SHADES = "Blues"  # of one hue: as good to the colour-blind and in grey
DARK = 0.55  # share from which on the number is white
WIDTH = 0.62  # of a digit, over its height
LARGEST = 8.0  # points of the numbers


def confusion_figure(table: pd.DataFrame) -> Figure:
    """A picture of a table of `system`, `true`, `named` and `count`; systems and materials stand in its order."""
    systems = table["system"].unique()
    materials = pd.unique(pd.concat([table["true"], table["named"]]))
    columns = min(COLUMNS, len(systems))
    rows = math.ceil(len(systems) / columns)
    figure = Figure(figsize=(PANEL * columns + 1.4, PANEL * rows + 1.1), layout="compressed")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for axis, system in zip(axes.flat, systems, strict=False):
        drawn = _draw(axis, counts(table[table["system"] == system], materials), title(system))
    for axis in axes.flat[len(systems) :]:  # beneath the last of a column there are still its materials
        axis.spines[:].set_visible(False)
    names = [plain(name) for name in materials]
    axes[0, 0].set_xticks(range(len(names)), names)
    axes[0, 0].set_yticks(range(len(names)), names)
    for axis in axes.flat:
        axis.tick_params(length=0, labelsize="small")
        axis.tick_params("x", rotation=90)
    figure.supxlabel("material named", fontsize="medium")
    figure.supylabel("true material", fontsize="medium")
    figure.colorbar(drawn, ax=axes, label="share of the row", aspect=12 * rows, shrink=0.8, pad=0.01)
    return figure


def counts(table: pd.DataFrame, materials: Sequence[str]) -> np.ndarray:
    """How many sounds of each material are named what, `[true, named]`."""
    square = table.pivot_table("count", "true", "named", aggfunc="sum", fill_value=0)
    return square.reindex(index=materials, columns=materials, fill_value=0).to_numpy()


def _draw(axis: Axes, count: np.ndarray, called: str) -> AxesImage:
    share = count / count.sum(1, keepdims=True).clip(1)
    drawn = axis.imshow(share, cmap=SHADES, vmin=0, vmax=1)
    room = 72 * 0.8 * PANEL / len(count)  # points
    size = min(LARGEST, 0.8 * room, room / (WIDTH * len(f"{count.max():g}")))
    for true, named in np.argwhere(count):
        colour = "white" if share[true, named] > DARK else "black"
        axis.text(named, true, f"{count[true, named]:g}", size=size, color=colour, ha="center", va="center")
    axis.set_title(f"{plain(called)}, {100 * count.trace() / count.sum():.0f} %", fontsize="medium")
    return drawn
