"""Motion between two frames, told apart from its surroundings: in cells, so that a small striker shows.

In each cell of a grid the structure tensor of the brightness I(x, y, t) is averaged (Bigun and Granlund 1987),

    J = <g g^T>,  g = (I_x, I_y, I_t),

and its temporal part is divided by its trace: J_xt, J_yt and J_tt over J_xx + J_yy + J_tt. Of what moves by v pixels
a frame, I_t = -v . (I_x, I_y): the sign of J_yt tells up from down. The quotients lie in [-1/2, 1/2] and [0, 1],
whatever the contrast and the light; where nothing moves they are 0. The sign is true up to about the size of what
moves, so that a coarse picture is looked at for fast motion and a finer one for slow.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

GRID = 12  # cells along each side
SIDES = (2 * GRID, 4 * GRID)  # pixels of the squares in which gradients are taken
NOISE = 0.01  # of full brightness: gradients below count as the camera's noise
PARTS = ("across", "down", "amount")  # J_xt, J_yt, J_tt
CHANNELS = [(side, part) for side in SIDES for part in PARTS]
ACROSS = [number for number, (_, part) in enumerate(CHANNELS) if part == "across"]  # channels that mirroring negates
DOWN = CHANNELS.index((SIDES[0], "down"))  # of fast motion


def motion(frames: Tensor) -> Tensor:
    """The temporal part over the trace at each of `SIDES`, from each frame before to each frame; 0 at the first.

    Shape:
        - Input: `[frame, 3, row, column]` in [0, 1]
        - Output: `[frame, channel, GRID, GRID]`

    >>> frames = torch.zeros(2, 3, 48, 48)
    >>> frames[0, :, 20:24], frames[1, :, 21:25] = 1.0, 1.0  # a bar that moves down by a row
    >>> across, down, amount = motion(frames)[1, :3].sum((1, 2))
    >>> bool(across == 0), bool(down < 0), bool(amount > 0)
    (True, True, True)
    """
    grey = frames.mean(1)
    return torch.cat([_motion(F.adaptive_avg_pool2d(grey, side)) for side in SIDES], dim=1)


def _motion(grey: Tensor) -> Tensor:
    """Of pictures `[frame, row, column]`, `[frame, part, GRID, GRID]`."""
    before = torch.cat([grey[:1], grey[:-1]])
    t = grey - before
    y, x = torch.gradient((grey + before) / 2, dim=(1, 2))
    products = torch.stack([x * t, y * t, t * t, x * x + y * y + t * t], dim=1)
    *temporal, trace = F.adaptive_avg_pool2d(products, GRID).unbind(1)
    return torch.stack(temporal, dim=1) / (trace + NOISE**2)[:, None]
