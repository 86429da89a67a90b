"""Damped sinusoids: the sound of a linear object after it is struck.

x(t) = sum_k a_k exp(-lambda_k t) cos(2 pi f_k t + phi_k),   a_k = 10 ** (power_k / 20)
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# Rendered together, which bounds the memory whatever the clips, modes and samples:
SAMPLES_AT_ONCE = 2**16  # of one clip
NUMBERS_AT_ONCE = 2**20  # exponentials, 16 MB, some four times over while they are made and summed


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

    Computed in float64, as high tones need it, in pieces: beside its input and output it takes a bounded memory.
    Gradients compute each piece again rather than keep it.

    Modes at or above half the sample rate are silent, lest they alias; so an edit may move modes out of the band,
    and a lower rate loses only what it cannot hold.

    Args:
        n_samples: length of the sound.
        sample_rate: Hz.
        onset: seconds of silence before the modes start, to the nearest sample; none by default.

    Shape:
        - Input: `[..., mode]` each, and `[...]`
        - Output: `[..., time]`, in the type of the modes

    Example:
        >>> tone = Modes(*(torch.tensor([value]) for value in (100.0, -6.0206, 0.0, 0.0)))
        >>> [round(value, 3) for value in render_modes(tone, 5, 800).tolist()][::2]
        [0.5, 0.0, -0.5]
        >>> render_modes(tone, 5, 200).tolist()
        [0.0, 0.0, 0.0, 0.0, 0.0]
    """
    fields = torch.broadcast_tensors(modes.frequency, modes.power, modes.decay, modes.phase)
    *lead, count = fields[0].shape
    start = torch.zeros(lead, device=fields[0].device) if onset is None else (onset * sample_rate).round()
    start = start.long().expand(lead).flatten()
    flat = (field.reshape(len(start), count) for field in fields)
    return _Render.apply(start, n_samples, sample_rate, *flat).reshape(*lead, n_samples)


def delay(sound: Tensor, start: Tensor) -> Tensor:
    """The sound later by whole samples (earlier where negative), silent where none is left, and as long as it was.

    Shape:
        - Input: `[clip, time]`, `[clip]`
        - Output: `[clip, time]`

    >>> delay(torch.tensor([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]), torch.tensor([1, -1])).tolist()
    [[0.0, 1.0, 2.0], [2.0, 3.0, 0.0]]
    """
    shifts = start.tolist()
    if not any(shifts):
        return sound
    later = torch.zeros_like(sound)
    for before, after, by in zip(sound, later, shifts, strict=True):
        length = max(0, len(after) - abs(by))
        after[max(by, 0) :][:length] = before[max(-by, 0) :][:length]
    return later


class _Render(torch.autograd.Function):
    """As `render_modes`, for fields `[clip, mode]`, piece by piece; the gradient computes each piece again."""

    @staticmethod
    def forward(ctx, start: Tensor, n_samples: int, sample_rate: float, *fields: Tensor) -> Tensor:
        ctx.save_for_backward(start, *fields)
        ctx.sample_rate = sample_rate
        sound = fields[0].new_zeros(len(start), n_samples)
        for clips, columns, samples in _pieces(fields[0].shape, n_samples):
            sound[clips, samples] += _piece([field[clips, columns] for field in fields], samples, sample_rate)
        return delay(sound, start)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        start, *fields = ctx.saved_tensors
        gradient = delay(gradient, -start)
        slopes = [torch.zeros_like(field) for field in fields]
        for clips, columns, samples in _pieces(fields[0].shape, gradient.shape[-1]):
            with torch.enable_grad():
                part = [field[clips, columns].detach().requires_grad_() for field in fields]
                sound = _piece(part, samples, ctx.sample_rate)
            found = torch.autograd.grad(sound, part, gradient[clips, samples].to(sound.dtype))
            for slope, more in zip(slopes, found, strict=True):
                slope[clips, columns] += more
        return None, None, None, *slopes


def _pieces(shape: tuple[int, int], n_samples: int) -> Iterator[tuple[slice, slice, slice]]:
    """Clips, modes and samples that are rendered together."""
    samples = min(n_samples, SAMPLES_AT_ONCE)
    exponentials = 2 * math.isqrt(samples) + 1  # of one mode
    modes = max(1, min(shape[-1], NUMBERS_AT_ONCE // exponentials))
    clips = max(1, NUMBERS_AT_ONCE // max(samples, modes * exponentials))
    return product(_spans(shape[0], clips), _spans(shape[-1], modes), _spans(n_samples, SAMPLES_AT_ONCE))


def _spans(length: int, most: int) -> Iterator[slice]:
    """0 ... length in order, `most` at a time."""
    return (slice(first, min(first + most, length)) for first in range(0, length, most))


def _piece(fields: list[Tensor], samples: slice, sample_rate: float) -> Tensor:
    """These samples of the modes `[clip, mode]`, in float64, `[clip, time]`.

    With t = (q R + r) / sample_rate every exponential is the product of one in q and one in r, so that the sum over
    the modes is a matrix product, and no exponential is taken per sample.
    """
    modes, n_samples = Modes(*(field.double() for field in fields)), samples.stop - samples.start
    heard = torch.where(modes.frequency.abs() < sample_rate / 2, modes.amplitude, 0.0)
    pole = torch.complex(-modes.decay, 2 * math.pi * modes.frequency)
    start = torch.polar(heard, modes.phase) * torch.exp(pole * (samples.start / sample_rate))
    width = max(1, math.isqrt(n_samples))
    coarse = _exponentials(start, pole, width / sample_rate, -(-n_samples // width))
    fine = _exponentials(torch.ones_like(pole), pole.conj(), 1 / sample_rate, width)
    # Re(c conj(z)) = Re c Re z + Im c Im z, so that one real product over both parts sums the modes
    sound = torch.view_as_real(coarse).flatten(-2) @ torch.view_as_real(fine).flatten(-2).mT
    return sound.flatten(1)[:, :n_samples]


def _exponentials(start: Tensor, pole: Tensor, step: float, count: int) -> Tensor:
    """start exp(pole step k) for k = 0 ... count - 1, `[clip, k, mode]`, of start and pole `[clip, mode]`.

    By the same trick, k = q R + r: a product is cheaper than an exponential.
    """
    width = max(1, math.isqrt(count))
    time = step * torch.arange(max(width, -(-count // width)), dtype=torch.float64, device=pole.device)[:, None]
    coarse = start[:, None] * torch.exp(pole[:, None] * (width * time[: -(-count // width)]))
    fine = torch.exp(pole[:, None] * time[:width])
    return (coarse[:, :, None] * fine[:, None]).flatten(1, 2)[:, :count]
