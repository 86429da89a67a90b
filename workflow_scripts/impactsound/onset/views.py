"""A video as another camera, nearer and filming another pace, would show it: corpora differ more than their videos do.

The simulated corpus has one camera and one table; what a detector learns of them alone it finds nowhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from impactsound.media.ffmpeg import read_frames
from impactsound.seeds import generator

NEAREST = 1.5  # the greatest zoom
PACES = (0.75, 1.4)  # least and greatest
PLAIN = 0.5  # share of the videos that are seen as they are


@dataclass(frozen=True)
class View:
    """zoom: how much larger things are seen. column, row: where in the picture, in [0, 1], its window lies. pace: how
    much faster they move.
    """

    zoom: float = 1.0
    column: float = 0.0
    row: float = 0.0
    pace: float = 1.0

    def frames(self, path: str | Path, frame_rate: float, size: int) -> Iterator[np.ndarray]:
        """What `read_frames` gives, seen so; what is shown at t is then what the video shows at t times the pace."""
        whole = round(size * self.zoom)
        row, column = (round(share * (whole - size)) for share in (self.row, self.column))
        for frame in read_frames(path, frame_rate / self.pace, whole):
            yield frame[row : row + size, column : column + size]


def draw_view(video: str, seed: int) -> View:
    """The view in which a training video is seen."""
    plain, zoom, column, row, pace = torch.rand(5, generator=generator(seed, "onset view", video)).tolist()
    if plain < PLAIN:
        return View()
    slow, fast = PACES
    return View(NEAREST**zoom, column, row, slow * (fast / slow) ** pace)
