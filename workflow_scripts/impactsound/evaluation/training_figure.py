"""Loss curves of trainings as a picture: a panel a training, with a line for every seed.

A ring is on the step whose weights are kept: that of the least loss on the validation split.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from impactsound.evaluation.curves import Curve
from impactsound.evaluation.names import training
from impactsound.evaluation.pictures import plain

COLUMNS = 4
PANEL = (2.5, 1.8)  # inches
TRAINING = {"color": "#c08a00", "linewidth": 1.0, "label": "training"}
VALIDATION = {"color": "#1f4f8b", "linewidth": 1.4, "label": "validation"}
KEPT = {"color": VALIDATION["color"], "marker": "o", "fillstyle": "none", "linestyle": "", "label": "kept weights"}
FALLS = 10  # a loss that falls by less than this factor has a linear scale


def training_figure(curves: Sequence[Curve]) -> Figure:
    """A picture of the loss curves, in the order of their trainings."""
    trainings = defaultdict(list)
    for curve in curves:
        trainings[training(curve.stage)[0]].append(curve)
    columns = min(COLUMNS, len(trainings))
    rows = math.ceil(len(trainings) / columns)
    figure = Figure(figsize=(PANEL[0] * columns + 0.3, PANEL[1] * rows + 0.5), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis, (called, seeds) in zip(axes, trainings.items(), strict=False):
        axis.set_title(plain(called), fontsize="medium")
        _draw(axis, seeds)
    for axis in axes[len(trainings) :]:
        axis.remove()
    figure.supxlabel("step", fontsize="medium")
    figure.supylabel("loss", fontsize="medium")
    figure.legend(handles=axes[0].get_lines()[:3], loc="outside upper center", ncols=3, fontsize="small")
    return figure


def _draw(axis: Axes, curves: Sequence[Curve]) -> None:
    for curve in curves:
        axis.plot(curve.step, curve.train_loss, **TRAINING)
        axis.plot(curve.step, curve.loss, **VALIDATION)
        axis.plot(curve.step[curve.chosen], curve.loss[curve.chosen], **KEPT)
    lowest, highest = zip(*(curve.limits for curve in curves), strict=True)
    axis.set_xlim(left=0)
    axis.xaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10)))
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    if min(lowest) > 0 and max(highest) > FALLS * min(lowest):
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_minor_formatter(NullFormatter())
    else:
        axis.yaxis.set_major_locator(MaxNLocator(5, steps=(1, 2, 5, 10)))
    axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axis.tick_params(labelsize="small")
    axis.grid(alpha=0.3)
