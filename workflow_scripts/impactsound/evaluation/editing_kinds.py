"""Edits as the config names them, `{kind: value}`: what each does to modes, and what it is to change in the sound.

size: the factor of the object's dimensions; damping: the factor of every decay rate; tilt: dB an octave about
`ABOUT`; lowest: how many of the `modes`, lowest in frequency, become louder by `decibels`, their decay rates being
multiplied by `decay` (the paper's edit: Su et al. 2023, arXiv 2303.16897, of 200).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.evaluation.editing_measures import MEASURES, low_passed
from impactsound.physics.edits import scale_damping, scale_size, shift_lowest, tilt
from impactsound.physics.modes import Modes

ABOUT = 1000.0  # Hz, where a tilt leaves the level as it is


@dataclass(frozen=True)
class Edit:
    """An edit of modes.

    change: of modes; asks: the nominal change by measure, which are of what lies below the `lowest` modes' end alone,
    where there is such a number.
    """

    kind: str
    change: Callable[[Modes], Modes]
    asks: Mapping[str, float]
    lowest: int | None = None

    def heard(self, modes: Modes, before: Tensor, after: Tensor, clip: Clip) -> dict[str, Tensor]:
        """What is heard of the edit, `[clip]` by measure.

        Args:
            modes: before the edit; before, after: sounds.

        Shape:
            - Input: `[clip, mode]` each, `[clip, time]`
        """
        if self.lowest is not None:
            end = end_of_lowest(modes, self.lowest, clip)
            before, after = (low_passed(sound, end, clip) for sound in (before, after))
        return {name: MEASURES[name].change(before, after, clip) for name in self.asks}


def read_edits(table: Mapping[str, Mapping]) -> dict[str, Edit]:
    """The config's edits by name.

    Raises:
        InputError: naming the edit at fault.
    """
    return {name: _edit(name, row) for name, row in table.items()}


def end_of_lowest(modes: Modes, n: int, clip: Clip) -> Tensor:
    """Hz between the n modes lowest in frequency and the next, `[clip]`; half the sample rate where no more are heard.

    Shape:
        - Input: `[clip, mode]` each
    """
    half = clip.sample_rate / 2
    height = torch.where(modes.power > -math.inf, modes.frequency, half).sort(-1).values.clamp_max(half)
    ends = torch.nn.functional.pad(height, (0, n + 1), value=half)[..., n - 1 : n + 1]
    return torch.where(ends[..., 1] < half, ends.prod(-1).sqrt(), half)


def _edit(name: str, row: Mapping) -> Edit:
    if len(row) != 1 or not set(row) <= set(_KINDS):
        raise InputError(f"config: evaluation.editing.edits.{name} = {dict(row)} must be one of {', '.join(_KINDS)}")
    ((kind, value),) = row.items()
    return _KINDS[kind](value)


def _size(factor: float) -> Edit:
    octaves = math.log2(factor)
    return Edit("size", partial(scale_size, factor=factor), {"pitch": -12 * octaves, "t60": octaves})


def _damping(factor: float) -> Edit:
    return Edit("damping", partial(scale_damping, factor=factor), {"t60": -math.log2(factor)})


def _tilt(decibels: float) -> Edit:
    return Edit("tilt", partial(tilt, decibels_per_octave=decibels, about=ABOUT), {"tilt": decibels})


def _lowest(value: Mapping) -> Edit:
    """The energy of a mode is a^2 / (4 lambda): it grows as the decay rate falls."""
    n, decibels, factor = value["modes"], value["decibels"], value["decay"]
    change = partial(shift_lowest, n=n, decibels=decibels, decay_factor=factor)
    return Edit("lowest", change, {"level": decibels - 10 * math.log10(factor), "t60": -math.log2(factor)}, n)


_KINDS = {"size": _size, "damping": _damping, "tilt": _tilt, "lowest": _lowest}
