"""Test clips to be shown: which, and the spectrograms of their sounds side by side."""

import hashlib
import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from impactsound.config import Clip
from impactsound.evaluation.figures import draw
from impactsound.evaluation.names import title
from impactsound.evaluation.pictures import plain

ROW, COLUMN = 0.85, 1.1  # inches of a spectrogram
MARGIN = (1.1, 0.9)  # inches to the right and left of all of them together, and above and below
LETTERS = 11  # of a line over a column


def choose(table: pd.DataFrame, n: int, seed: int) -> list[str]:
    """Ids of n test clips by a seeded hash: of each material the first, then of each the second, and so on.

    They are listed by material; fewer where the split has no more.
    """
    test = table[table["split"] == "test"]
    drawn = test.assign(order=[_hash(seed, clip) for clip in test["clip"]]).sort_values("order")
    drawn["turn"] = drawn.groupby("material").cumcount()
    taken = drawn.sort_values(["turn", "order"]).head(n)
    return taken.sort_values(["material", "turn"])["clip"].tolist()


def sheet(rows: Sequence[tuple[str, Mapping[str, np.ndarray]]], clip: Clip) -> Figure:
    """Spectrograms, a row a clip and a column a system.

    Args:
        rows: of each clip its name and the sounds of every system, `[time]`; all have the same systems.
    """
    systems = list(rows[0][1])
    size = COLUMN * len(systems) + MARGIN[0], ROW * len(rows) + MARGIN[1]
    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0, hspace=0))
    axes = figure.subplots(len(rows), len(systems), squeeze=False)
    for row, (label, sounds) in zip(axes, rows, strict=True):
        for axis, system in zip(row, systems, strict=True):
            drawn = draw(axis, sounds[system], clip)
            axis.tick_params(labelsize="small")
            axis.locator_params(nbins=3, steps=(1, 2, 4, 5, 10))
            axis.label_outer(remove_inner_ticks=True)
        row[0].set_ylabel(plain(label))
    for axis, system in zip(axes[0], systems, strict=True):
        axis.set_title(plain(textwrap.fill(title(system), LETTERS)), fontsize="medium")
    figure.supxlabel("s", fontsize="medium")
    figure.supylabel("kHz", fontsize="medium")
    figure.colorbar(drawn, ax=axes, label="dB re peak", aspect=6 * len(rows), pad=0.01)
    return figure


def _hash(seed: int, clip: str) -> str:
    return hashlib.sha256(f"{seed}\x1freport\x1f{clip}".encode()).hexdigest()
