"""A detector that has learned nothing: a hit is where what moved down stops, or moves up again.

How much moves down in a frame is the mean of -J_yt over all cells of the coarser picture (see `motion`); what moves up
counts against it. The curve of a frame is how much that falls from the two motions that lead to the frame to the two
that lead on from it.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor
from torch.nn import functional as F

from impactsound.onset.choice import choose
from impactsound.onset.events import Events
from impactsound.onset.motion import DOWN
from impactsound.onset.peaks import Picker

QUANTILES = np.linspace(0.0, 0.995, 200)  # of the curves' values, the thresholds that are tried
SPAN = 2  # motions before and after


def reversal(motion: Tensor) -> np.ndarray:
    """How much the motion down falls at each frame, `[frame]`, of motion `[frame, channel, row, column]`."""
    down = -motion[:, DOWN].mean((1, 2))
    sums = F.pad(down, (SPAN, SPAN)).unfold(0, SPAN, 1).sum(1)  # of SPAN motions from each on, begun SPAN before
    n = len(down)
    return (sums[1 : n + 1] - sums[SPAN + 1 : SPAN + 1 + n]).numpy()


def choose_motion(curves: Sequence[np.ndarray], events: Sequence[Events], frame_rate: float) -> tuple[Picker, float]:
    """The picker for such curves, and its F-measure on the videos that it is chosen on."""
    thresholds = np.unique(np.quantile(np.concatenate(curves), QUANTILES))
    return choose(curves, events, frame_rate, thresholds)
