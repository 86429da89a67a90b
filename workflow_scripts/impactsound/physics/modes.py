"""Damped sinusoids: the sound of a linear object after it is struck.

x(t) = sum_k a_k exp(-lambda_k t) cos(2 pi f_k t + phi_k),   a_k = 10 ** (power_k / 20)
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

CLIPS_AT_ONCE = 64  # rendered together: bounds the memory, about 1 MB a clip of 256 modes and 11 025 samples


@dataclass(frozen=True)
class Modes:
    """Modes of one or more impacts; an unused slot has power -inf and is 0 in everything else.

    frequency: Hz, power: dB re full scale, decay: 1/s (the amplitude goes as exp(-decay t)), phase: rad;
    each `[..., mode]`.
    """

    frequency: Tensor
    power: Tensor
    decay: Tensor
    phase: Tensor

    @property
    def t60(self) -> Tensor:
        """Seconds for each mode to fall by 60 dB, `[..., mode]`; infinite where the decay is 0."""
        return math.log(1000) / self.decay

    @property
    def amplitude(self) -> Tensor:
        """Amplitude at time 0 re full scale, `[..., mode]`; 0 in unused slots."""
        return torch.exp(self.power * (math.log(10) / 20))


def render_modes(modes: Modes, n_samples: int, sample_rate: float, onset: Tensor | None = None) -> Tensor:
    """The sound of the modes; differentiable in all four parameters.

    With t = (q R + r) / sample_rate every exponential is the product of one in q and one in r, so that the sum
    over the modes is a matrix product, and no exponential is taken per sample.

    Args:
        onset: seconds of silence before the modes start, to the nearest sample; none by default.

    Shape:
        - Input: `[..., mode]` each, and `[...]`
        - Output: `[..., time]`

    Example:
        >>> tone = Modes(*(torch.tensor([value]) for value in (100.0, -6.0206, 0.0, 0.0)))
        >>> [round(value, 3) for value in render_modes(tone, 5, 800).tolist()][::2]
        [0.5, 0.0, -0.5]
    """
    fields = torch.broadcast_tensors(modes.frequency, modes.power, modes.decay, modes.phase)
    lead, dtype = fields[0].shape[:-1], fields[0].dtype
    flat = [field.reshape(-1, field.shape[-1]).double() for field in fields]
    parts = zip(*(field.split(CLIPS_AT_ONCE) for field in flat), strict=True)
    sound = torch.cat([_render(Modes(*part), n_samples, sample_rate) for part in parts])
    sound = sound.to(dtype).reshape(*lead, n_samples)
    return sound if onset is None else delay(sound, (onset * sample_rate).round().long())


def delay(sound: Tensor, start: Tensor) -> Tensor:
    """The sound later by whole samples, after silence, and cut to its length.

    Shape:
        - Input: `[..., time]`, `[...]`
        - Output: `[..., time]`

    >>> delay(torch.tensor([1.0, 2.0, 3.0]), torch.tensor(1)).tolist()
    [0.0, 1.0, 2.0]
    """
    index = torch.arange(sound.shape[-1], device=sound.device) - start[..., None]
    return torch.where(index >= 0, sound.gather(-1, index.clamp_min(0)), 0.0)


def _render(modes: Modes, n_samples: int, sample_rate: float) -> Tensor:
    """As `render_modes`, for float64 modes `[clip, mode]`."""
    width = max(1, math.isqrt(n_samples))
    rows = -(-n_samples // width)
    coarse = torch.arange(rows, dtype=torch.float64, device=modes.decay.device) * (width / sample_rate)
    fine = torch.arange(width, dtype=torch.float64, device=modes.decay.device) / sample_rate
    envelope = modes.amplitude[:, None] * torch.exp(-modes.decay[:, None] * coarse[:, None])
    angle = 2 * math.pi * modes.frequency[:, None] * coarse[:, None] + modes.phase[:, None]  # [clip, row, mode]
    decay = torch.exp(-modes.decay[..., None] * fine)
    turn = 2 * math.pi * modes.frequency[..., None] * fine  # [clip, mode, column]
    sound = (envelope * angle.cos()) @ (decay * turn.cos()) - (envelope * angle.sin()) @ (decay * turn.sin())
    return sound.flatten(1)[:, :n_samples]
