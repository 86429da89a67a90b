"""The physics of an impact, which is what is edited, and the sound that it gives by itself."""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.dubbing.members import Members
from impactsound.errors import InputError
from impactsound.media.fade import faded
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.residual import Residual, render_residual

QUIET = -60.0  # dB re full scale: when its last mode has fallen to it, a sound ends
LONGEST = 4.0  # s, whatever the modes
DIGITS = 9  # significant, with which a float32 is read back as it was
LARGEST = 3.4e38  # of a float32
MODES, BANDS = ("frequency", "power", "decay", "phase"), ("weight", "delay", "t60")


class Physics(NamedTuple):
    """Modes `[..., mode]`, the onset of the sound within the clip in s `[...]`, and noise bands `[..., band]`."""

    modes: Modes
    onset: Tensor
    residual: Residual

    def to_json(self) -> dict:
        """The members `onset`, `modes` and `residual` of one impact; modes that sound alone are listed."""
        used = self.modes.power > -math.inf
        return {
            "onset": _rounded(self.onset),
            "modes": {name: _rounded(getattr(self.modes, name)[used]) for name in MODES},
            "residual": {name: _rounded(getattr(self.residual, name)) for name in BANDS},
        }

    @classmethod
    def read(cls, members: Members) -> "Physics":
        """What `to_json` gave.

        Raises:
            InputError: naming the member that is missing, not finite, or not as long as its neighbours.
        """
        onset = members.number("onset", -LARGEST, LARGEST)
        modes, bands = members.object("modes"), members.object("residual")
        return cls(Modes(*_columns(modes, MODES)), torch.tensor(onset), Residual(*_columns(bands, BANDS)))


def sounding(modes: Modes, onset: Tensor, clip: Clip) -> int:
    """Samples until every mode has fallen to -60 dB re full scale; at least the window, at most 4 s.

    A mode falls by 20 log10(e) lambda dB a second. Those at half the sample rate or above are silent.

    Shape:
        - Input: `[mode]` each, `[]`

    >>> bell = Modes(*(torch.tensor([value]) for value in (440.0, -20.0, 8.0, 0.0)))
    >>> sounding(bell, torch.tensor(0.0), Clip(sample_rate=1000))
    576
    """
    heard = (modes.power > QUIET) & (modes.frequency < clip.sample_rate / 2)
    falls = (modes.power.double() - QUIET) / (20 / math.log(10) * modes.decay.double().clamp_min(0))
    last = float(onset + torch.where(heard, falls, 0.0).amax()) if heard.any() else 0.0
    return max(clip.n_samples, math.ceil(min(last, LONGEST) * clip.sample_rate))


def physical_sound(modes: Modes, onset: Tensor, residual: Residual, noise: Tensor, clip: Clip) -> np.ndarray:
    """The sound of an impact's modes, and of its noise bands as far as the window goes; each fades in its last 5 ms.

    Args:
        noise: of the bands in the window, from `physics.residual.noise_bands`.

    Shape:
        - Input: `[mode]` each, `[]`, `[band]` each, `[band, n_samples]`
        - Output: `[time]`, float32, of the length that `sounding` gives
    """
    sound = render_modes(modes, sounding(modes, onset, clip), clip.sample_rate, onset).double().numpy()
    bands = render_residual(residual, noise, clip.sample_rate).double().numpy()
    sound[: clip.n_samples] += faded(bands, clip.sample_rate)
    return faded(sound, clip.sample_rate).astype(np.float32)


def _rounded(values: Tensor) -> list[float] | float:
    """float32 as the shortest numbers that are read back as the same."""
    rounded = np.vectorize(lambda value: float(f"{value:.{DIGITS}g}"), otypes=[float])
    return rounded(values.float().numpy()).tolist()


def _columns(members: Members, names: tuple[str, ...]) -> list[Tensor]:
    """Lists of equal length, as float32."""
    lists = [members.numbers(name, -LARGEST, LARGEST) for name in names]
    for name, values in zip(names, lists, strict=True):
        if len(values) != len(lists[0]):
            raise InputError(f"{members.name(name)} has {len(values)} numbers, and {names[0]} {len(lists[0])}")
    return [torch.tensor(values, dtype=torch.float32) for values in lists]
