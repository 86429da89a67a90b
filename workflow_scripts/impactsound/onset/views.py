"""A video as another camera would show it: nearer, with cuts, of things that go at another pace.

Corpora differ more than the videos of one do. The simulated corpus has one camera and one table and no cut; what a
detector learns of them alone it finds nowhere else, and takes a cut for a hit.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from impactsound.media.ffmpeg import read_frames
from impactsound.seeds import generator

NEAREST = 1.5  # the greatest zoom
PACES = (0.75, 1.4)  # least and greatest
CUTS = (0.7, 2.0)  # s from cut to cut
PLAIN = 0.5  # share of the videos that are seen as they are


@dataclass(frozen=True)
class View:
    """How a video is seen.

    zoom: how much larger things are. column, row: where in the picture, in [0, 1], the window lies. pace: how much
    faster things go. cut: s between cuts, after each of which the picture is mirrored, or no longer.
    """

    zoom: float = 1.0
    column: float = 0.0
    row: float = 0.0
    pace: float = 1.0
    cut: float = math.inf

    def frames(self, path: str | Path, frame_rate: float, size: int) -> Iterator[np.ndarray]:
        """What `read_frames` gives, seen so; what is shown at t is then what the video shows at t times the pace."""
        whole = round(size * self.zoom)
        row, column = (round(share * (whole - size)) for share in (self.row, self.column))
        for number, frame in enumerate(read_frames(path, frame_rate / self.pace, whole)):
            window = frame[row : row + size, column : column + size]
            yield window[:, ::-1] if int(number / frame_rate / self.cut) % 2 else window


def draw_view(video: str, seed: int) -> View:
    """The view in which a training video is seen."""
    plain, zoom, column, row, pace, cut = torch.rand(6, generator=generator(seed, "onset view", video)).tolist()
    if plain < PLAIN:
        return View()
    return View(NEAREST**zoom, column, row, _between(PACES, pace), _between(CUTS, cut))


def _between(bounds: tuple[float, float], place: float) -> float:
    """A number between bounds, at a place in [0, 1] on their logarithmic scale."""
    low, high = bounds
    return low * (high / low) ** place
