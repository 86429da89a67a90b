"""What detectors find in a test video, and how late or early they find the hits of all.

Above, the probability of a hit in every frame, the baseline's curve below it, the true hits as lines and the found ones
as dots; at the bottom, the errors of the hits found within the widest tolerance.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from impactsound.evaluation.pictures import DPI, plain
from impactsound.onset.compared import Seen
from impactsound.onset.events import Events
from impactsound.onset.scores import TOLERANCES, errors

COLOURS = ("#1f6f8b", "#a8371f")
TRUE = "#5b616b"
BIN = 5.0  # ms


def onset_figure(
    video: str,
    events: Events,
    shown: Mapping[str, Seen],
    every: Sequence[Events],
    found: Mapping[str, Sequence[np.ndarray]],
    frame_rate: float,
) -> Figure:
    """The picture.

    Args:
        video, events, shown: the video that is drawn, and what each detector says of it, by its name.
        every, found: the events of all videos, and the times that each detector found in each.
    """
    figure = Figure(figsize=(9, 2.0 * len(shown) + 2.6), dpi=DPI, layout="constrained")
    axes = figure.subplots(len(shown) + 1, 1, height_ratios=[*[1] * len(shown), 1.2])
    for axis, colour, (name, curve) in zip(axes, COLOURS, shown.items(), strict=False):
        _draw(axis, colour, curve, events, frame_rate)
        axis.set(ylabel=plain(name))
    axes[0].set_title(plain(f"Hits in {video}: true (lines), found (dots)"), fontsize="medium")
    axes[len(shown) - 1].set_xlabel("s")
    _errors(axes[-1], every, found)
    return figure


def _draw(axis, colour: str, seen: Seen, events: Events, frame_rate: float) -> None:
    time = np.arange(len(seen.curve)) / frame_rate
    axis.vlines(events.hits, 0, 1, transform=axis.get_xaxis_transform(), color=TRUE, linewidth=1, alpha=0.7)
    axis.axhline(seen.threshold, color=TRUE, linewidth=0.8, linestyle=":")
    axis.plot(time, seen.curve, color=colour, linewidth=1.2)
    axis.plot(seen.time, seen.top, color=colour, marker="o", markersize=5, linestyle="none")
    axis.set_xlim(0, max(time[-1], 1 / frame_rate))
    axis.grid(alpha=0.3)


def _errors(axis, events: Sequence[Events], found: Mapping[str, Sequence[np.ndarray]]) -> None:
    widest = 1000 * max(TOLERANCES)
    bins = np.arange(-widest, widest + BIN, BIN)
    for colour, (name, times) in zip(COLOURS, found.items(), strict=False):
        late = [errors(*video, max(TOLERANCES)) for video in zip(events, times, strict=True)]
        style = {"color": colour, "alpha": 0.55, "label": plain(name)}
        axis.hist(1000 * np.concatenate(late), bins, **style)
    for tolerance in TOLERANCES:
        for side in (-1, 1):
            axis.axvline(side * 1000 * tolerance, color=TRUE, linewidth=0.8, linestyle=":")
    axis.set(xlabel="found after the true time, ms", ylabel="hits")
    axis.legend(fontsize="small")
