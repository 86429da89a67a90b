"""Amplitudes of damped sinusoids by least squares over a whole sound, in closed form.

A pole s = (-decay + 2 pi i frequency) / sample_rate and a complex amplitude c stand for Re(c exp(s n)) at sample n.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

DECAY_FLOOR = 0.01  # 1/s: modes that outlast the clip, or seem to grow in it by a hair, decay so
LOUDEST = 0.1  # re the peak: amplitude that a mode is expected to have; louder ones must be borne out by the sound
RIDGE = 1e-8  # re the energy of each mode: keeps exact copies solvable
NOISE_FLOOR = 1e-12  # re the peak's square: variance of the noise of a sound that seems to have none
NOISE_WIDTH = 300.0  # Hz over which the noise is taken to be white


def solve(
    sound: Tensor, pole: Tensor, used: Tensor, sample_rate: float, noise: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Least-squares amplitudes of all modes and a constant offset together.

    A complex amplitude c stands for Re(c exp(s n)). Amplitudes are expected to be normal with deviation `LOUDEST`
    beneath noise of the given variance, which is ridge regression (Hoerl & Kennard 1970): without noise it is plain
    least squares, with noise it keeps near-copies and very fast decays from growing huge to cancel.

    Shape:
        - Input: `[clip, time]`, `[clip, mode]`, `[clip, mode]`, and noise `[clip, 1]`
        - Output: `[clip, mode + 1]`, the offset last, 0 where unused; then the Cholesky factor of the scaled normal
          equations `[clip, 2 mode + 2, 2 mode + 2]` and its scale `[clip, 2 mode + 2]`, for `explained_energy`
    """
    pole, used = _with_offset(pole, sample_rate), pad(used, (0, 1), value=True)
    gram = _gram(pole, sound.shape[-1])
    energy = gram.diagonal(dim1=-2, dim2=-1)
    seen = used.repeat(1, 2) & (energy > 1e-9)
    scale = torch.where(seen, energy.clamp_min(1e-9).rsqrt(), 0.0)
    gram = gram * scale[:, :, None] * scale[:, None, :]
    gram.diagonal(dim1=-2, dim2=-1).copy_(1 + RIDGE + noise / LOUDEST**2 * scale.square())
    factor = torch.linalg.cholesky(gram)
    target = _transform(sound, pole) * scale
    parts = torch.cholesky_solve(target[..., None], factor)[..., 0] * scale
    return torch.complex(*parts.split(pole.shape[-1], -1)), factor, scale


def explained_energy(amplitude: Tensor, factor: Tensor, scale: Tensor) -> Tensor:
    """Energy that each mode explains: what the residual gains when it is left out and the rest are solved for again.

    For the real and imaginary part c of one mode that is c^T B^-1 c, B being their block of the inverse of the normal
    equations.

    Shape:
        - Input: the output of `solve`
        - Output: `[clip, mode]`, 0 where unused
    """
    count = amplitude.shape[-1]
    inverse = torch.cholesky_inverse(factor)
    real, imag = (torch.cat([amplitude.real, amplitude.imag], -1) / torch.where(scale > 0, scale, 1.0)).split(count, -1)
    rr, ii = inverse.diagonal(dim1=-2, dim2=-1).split(count, -1)
    ri = inverse.diagonal(count, dim1=-2, dim2=-1)
    gain = (real.square() * ii - 2 * real * imag * ri + imag.square() * rr) / (rr * ii - ri.square())
    return gain[:, :-1]


def _with_offset(pole: Tensor, sample_rate: float) -> Tensor:
    """The poles and, last, that of a constant: it belongs to the recording and not to the object."""
    return pad(pole, (0, 1), value=-DECAY_FLOOR / sample_rate)


def _gram(pole: Tensor, length: int) -> Tensor:
    """Inner products over length samples of Re exp(s n) and -Im exp(s n) of all poles s, `[clip, 2 mode, 2 mode]`.

    They follow from the geometric series of exp((s + s') n) and of exp((s + conj s') n).
    """
    step, end = torch.exp(pole), torch.exp(pole * length)
    first, last = step[:, :, None], end[:, :, None]
    plus = (1 - last * end[:, None]) / (1 - first * step[:, None])
    minus = (1 - last * end.conj()[:, None]) / (1 - first * step.conj()[:, None])
    mixed = (minus - plus).imag
    real, imag = (minus + plus).real, (minus - plus).real
    return torch.cat([torch.cat([real, mixed], -1), torch.cat([mixed.mT, imag], -1)], -2) / 2


def _blocks(length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Starts of the blocks, and samples in a block, that together make length samples."""
    width = math.isqrt(length)
    starts = torch.arange(0, length, width, device=device, dtype=torch.float64)
    return starts, torch.arange(width, device=device, dtype=torch.float64)


def _transform(sound: Tensor, pole: Tensor) -> Tensor:
    """Inner products of the sound with Re exp(s n), then with -Im exp(s n), `[clip, 2 mode]`."""
    starts, inner = _blocks(sound.shape[-1], sound.device)
    blocks = pad(sound, (0, len(starts) * len(inner) - sound.shape[-1])).unflatten(-1, (len(starts), len(inner)))
    fine = torch.exp(inner[:, None] * pole[:, None])  # [clip, inner, mode]
    parts = torch.complex(blocks @ fine.real, blocks @ fine.imag)
    total = (parts * torch.exp(starts[:, None] * pole[:, None])).sum(1)
    return torch.cat([total.real, -total.imag], -1)


def damped_sum(amplitude: Tensor, pole: Tensor, length: int) -> Tensor:
    """The modes and the offset, `[clip, time]`, of amplitudes `[clip, mode + 1]` and poles `[clip, mode]`."""
    pole = pad(pole, (0, 1))
    starts, inner = _blocks(length, pole.device)
    coarse = amplitude[:, None] * torch.exp(starts[:, None] * pole[:, None])
    fine = torch.exp(pole[..., None] * inner)
    return (coarse.real @ fine.real - coarse.imag @ fine.imag).flatten(1)[:, :length]


def noise_at(left: Tensor, pole: Tensor, sample_rate: float) -> Tensor:
    """Variance per sample of the noise around each pole, `[clip, mode]`, in the residual `[clip, time]`.

    It is the median of the periodogram over `NOISE_WIDTH`, which lines that stand out do not move; periodogram lines
    of noise are exponential in distribution, with a median ln 2 of their mean.
    """
    length = left.shape[-1]
    power = torch.fft.rfft(left).abs().square() / length
    width = max(1, round(NOISE_WIDTH * length / sample_rate))
    bands = power[:, : power.shape[-1] // width * width].unflatten(-1, (-1, width))
    level = bands.median(-1).values / math.log(2)
    line = (pole.imag * length / (2 * math.pi * width)).long().clamp(0, level.shape[-1] - 1)
    return level.gather(-1, line).clamp_min(NOISE_FLOOR)
