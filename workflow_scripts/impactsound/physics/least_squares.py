"""Amplitudes of damped sinusoids by least squares over a whole sound, and the noise they stand in.

A pole s = (-decay + 2 pi i frequency) / sample_rate and a complex amplitude c stand for Re(c exp(s n)) at sample n.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from impactsound.physics.damped import DECAY_FLOOR, Basis, gram
from impactsound.physics.neighbours import Neighbours

LOUDEST = 0.1  # re the peak: amplitude that a mode is expected to have; louder ones must be borne out by the sound
RIDGE = 1e-8  # re the energy of each mode: keeps exact copies solvable
COPIES = 1e-6  # the same where it is asked what each mode explains: near-copies share it, rather than none having any
NOISE_FLOOR = 1e-12  # re the peak's square: variance of the noise of a sound that seems to have none
NOISE_WIDTH = 300.0  # Hz over which the noise is taken to be white


@dataclass(frozen=True)
class Fit:
    """The least squares of a sound.

    amplitude: complex, `[clip, mode]`, 0 where unused; offset: `[clip, 1]`; left: the residual, `[clip, time]`.
    """

    amplitude: Tensor
    offset: Tensor
    left: Tensor

    def of(self, clips: Tensor) -> "Fit":
        """That of some of the clips."""
        return Fit(self.amplitude[clips], self.offset[clips], self.left[clips])


def solve(sound: Tensor, length: Tensor, pole: Tensor, used: Tensor, sample_rate: float, noise: Tensor) -> Fit:
    """Least-squares amplitudes of all modes and a constant offset together.

    Amplitudes are expected to be normal with deviation `LOUDEST` beneath noise of the given variance, which is ridge
    regression (Hoerl & Kennard 1970): without noise it is plain least squares, with noise it keeps near-copies and
    very fast decays from growing huge to cancel.

    Args:
        sound: `[clip, time]`; length: samples of it that count, `[clip]`; pole, used: `[clip, mode]`; noise:
            variance per sample, `[clip]`.
    """
    pole, used = _with_offset(pole, sample_rate), pad(used, (0, 1), value=True)
    normal = gram(pole, length)
    energy = normal.diagonal(dim1=-2, dim2=-1).clone()
    seen = used.repeat(1, 2) & (energy > 1e-9)
    scale = torch.where(seen, energy.clamp_min(1e-9).rsqrt(), 0.0)
    normal.mul_(scale[:, :, None]).mul_(scale[:, None, :])
    normal.diagonal(dim1=-2, dim2=-1).copy_(1 + RIDGE + noise[:, None] / LOUDEST**2 * scale.square())
    factor = torch.linalg.cholesky(normal)
    basis = Basis(pole, sound.shape[-1], length)
    plain = basis.correlate(sound)
    target = torch.cat([plain.real, -plain.imag], -1) * scale
    half = torch.linalg.solve_triangular(factor, target[..., None], upper=False)
    parts = torch.linalg.solve_triangular(factor.mT, half, upper=True)[..., 0] * scale
    amplitude = torch.complex(*parts.chunk(2, -1))
    left = sound * basis.valid - basis.sum(amplitude)
    return Fit(amplitude[:, :-1], amplitude[:, -1:].real, left)


def explained_energy(length: Tensor, pole: Tensor, amplitude: Tensor, used: Tensor) -> Tensor:
    """Energy that each mode explains: what the residual gains when its neighbours are solved for again without it.

    For the real and imaginary part c of one mode that is c^T B^-1 c, B being their block of the inverse of the normal
    equations.

    Shape:
        - Input: `[clip]`, and thrice `[clip, mode]`
        - Output: `[clip, mode]`, 0 where unused
    """
    blocks = Neighbours(pole.imag, used)
    s = blocks.part(pole)
    normal = gram(s, length[:, None].expand(s.shape[:2]))
    energy = normal.diagonal(dim1=-2, dim2=-1).clone()
    seen = blocks.used.repeat(1, 1, 2) & (energy > 1e-9)
    scale = torch.where(seen, energy.clamp_min(1e-9).rsqrt(), 0.0)
    normal.mul_(scale[..., :, None]).mul_(scale[..., None, :])
    normal.diagonal(dim1=-2, dim2=-1).copy_(torch.full_like(scale, 1 + COPIES))
    inverse = torch.cholesky_inverse(torch.linalg.cholesky_ex(normal)[0])
    count = s.shape[-1]
    c = blocks.part(amplitude)
    real, imag = (torch.cat([c.real, c.imag], -1) / torch.where(scale > 0, scale, 1.0)).chunk(2, -1)
    rr, ii = inverse.diagonal(dim1=-2, dim2=-1).chunk(2, -1)
    ri = inverse.diagonal(count, dim1=-2, dim2=-1)
    gain = (real.square() * ii - 2 * real * imag * ri + imag.square() * rr) / (rr * ii - ri.square())
    return torch.where(used, blocks.join(gain).nan_to_num(0.0), 0.0)


def _with_offset(pole: Tensor, sample_rate: float) -> Tensor:
    """The poles and, last, that of a constant: it belongs to the recording and not to the object."""
    return pad(pole, (0, 1), value=-DECAY_FLOOR / sample_rate)


def noise_lines(left: Tensor, length: Tensor, sample_rate: float) -> Tensor:
    """Variance per sample of the noise at every line of the FFT, `[clip, line]`, of a residual `[clip, time]`.

    It is the median of the periodogram over `NOISE_WIDTH`, which lines that stand out do not move; periodogram lines
    of noise are exponential in distribution, with a median ln 2 of their mean.
    """
    power = torch.fft.rfft(left).abs().square() / length[:, None]
    width = max(1, round(NOISE_WIDTH * left.shape[-1] / sample_rate))
    bands = power[:, : power.shape[-1] // width * width].unflatten(-1, (-1, width))
    level = (bands.median(-1).values / math.log(2)).clamp_min(NOISE_FLOOR)
    line = torch.arange(power.shape[-1], device=left.device) // width
    return level[:, line.clamp_max(level.shape[-1] - 1)]


def noise_at(lines: Tensor, pole: Tensor) -> Tensor:
    """The noise of `noise_lines` around each pole, `[clip, mode]`."""
    line = (pole.imag * (lines.shape[-1] - 1) / math.pi).long()
    return lines.gather(-1, line.clamp(0, lines.shape[-1] - 1))
