"""Without learning, a bar that falls and rebounds is found where it turns."""

import numpy as np
import torch

from impactsound.onset.baseline import choose_motion, reversal
from impactsound.onset.events import Events
from impactsound.onset.motion import CHANNELS, DOWN, GRID, motion

RATE = 30.0


def test_the_curve_is_how_much_the_motion_down_falls():
    rng = np.random.default_rng(0)
    down = rng.standard_normal(12)
    given = torch.zeros(12, len(CHANNELS), GRID, GRID)
    given[:, DOWN] = -torch.from_numpy(down).float()[:, None, None]
    padded = np.concatenate([[0, 0], down, [0, 0]])
    expected = [padded[k + 1] + padded[k + 2] - padded[k + 3] - padded[k + 4] for k in range(12)]
    np.testing.assert_allclose(reversal(given), expected, atol=1e-5)


def test_a_bar_is_found_where_it_turns_and_nowhere_else(film):
    curves, events = [], []
    for hits in ([0.52, 1.11, 1.9], [0.4, 1.33], [0.71, 1.25, 1.8, 2.3]):
        frames = torch.from_numpy(film(np.array(hits), 84, RATE)).movedim(-1, 1).float() / 255
        curves.append(reversal(motion(frames)))
        events.append(Events("", np.array(hits), np.zeros(0)))
    picker, best = choose_motion(curves, events, RATE)
    assert best == 1
    for curve, video in zip(curves, events, strict=True):
        np.testing.assert_allclose(picker(curve, RATE)[0], video.hits, atol=0.03)
