"""The residual: what the modes leave of an impact, as bands of noise that start late and decay.

r(t) = sum_b w_b n_b(t) e_b(t),   e_b(t) = 10 ** (-3 (t - d_b) / T60_b) from the delay d_b on, 0 until shortly before

with n_b one fixed draw of white noise split into mel-spaced bands. After Su et al. 2023 (arXiv 2303.16897), who have
no delay.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from impactsound.seeds import generator

MEL_BREAK = 700.0  # Hz; mel(f) = log(1 + f / MEL_BREAK), up to a factor (O'Shaughnessy 1987)
QUIETEST = 1e-6  # weight, -120 dB, that counts as silence: noise of a recording is about -100 dB in one band of many
RISE = 1e-3  # s before its delay at which a band begins to rise, so that its sound is smooth in the delay
NODE = 0.5e-3  # s between the points at which the envelope is computed; it is linear between them


@dataclass(frozen=True)
class Residual:
    """Noise bands of one or more impacts.

    weight: amplitude at the delay re the band's noise, whose RMS is 1; delay: s; t60: s after the delay to fall by
    60 dB; each `[..., band]`.
    """

    weight: Tensor
    delay: Tensor
    t60: Tensor


def noise_bands(bands: int, n_samples: int, sample_rate: float, seed: int) -> Tensor:
    """White noise from a fixed draw, split into mel-spaced bands that each have an RMS of 1.

    Shape:
        - Output: `[band, time]`
    """
    if bands == 0:
        return torch.zeros(0, n_samples)
    white = torch.randn(n_samples, generator=generator(seed, "residual noise"), dtype=torch.float64)
    shape = band_shapes(bands, torch.fft.rfftfreq(n_samples, 1 / sample_rate, dtype=torch.float64), sample_rate)
    split = torch.fft.irfft(torch.fft.rfft(white) * shape, n=n_samples)
    return (split / split.square().mean(-1, keepdim=True).sqrt().clamp_min(1e-12)).float()


def band_shapes(bands: int, frequency: Tensor, sample_rate: float) -> Tensor:
    """Amplitude responses of the bands: triangles on the mel scale that sum to one at every frequency.

    Args:
        frequency: Hz, up to half the sample rate.

    Shape:
        - Input: `[bin]`
        - Output: `[band, bin]`

    >>> band_shapes(3, torch.linspace(0, 4000, 5), 8000).sum(0).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    place = (bands * mel(frequency, sample_rate) - 0.5).clamp(0, max(0, bands - 1))
    return (1 - (place - torch.arange(bands).to(place)[:, None]).abs()).clamp_min(0)


def mel(frequency: Tensor, sample_rate: float) -> Tensor:
    """Place of frequencies in Hz on the mel scale, which goes from 0 to 1 at half the sample rate."""
    return torch.log1p(frequency / MEL_BREAK) / math.log1p(sample_rate / 2 / MEL_BREAK)


def render_residual(residual: Residual, noise: Tensor, sample_rate: float) -> Tensor:
    """Sum of the bands; differentiable in weight, delay and T60.

    The envelope is linear between nodes, so that the sum over the bands is a product of small matrices, one a node.

    Args:
        noise: from `noise_bands`.

    Shape:
        - Input: `[..., band]` each, `[band, time]`
        - Output: `[..., time]`
    """
    n_samples, lead = noise.shape[-1], residual.weight.shape[:-1]
    stride = max(1, round(NODE * sample_rate))
    nodes = -(-n_samples // stride)
    time = torch.arange(nodes + 1, device=noise.device).to(noise) * (stride / sample_rate)
    level = residual.weight[..., None] * envelope(residual, time)
    level = level.reshape(math.prod(lead), *level.shape[-2:]).permute(2, 0, 1)  # [node, clip, band]
    parts = pad(noise, (0, nodes * stride - n_samples)).reshape(-1, nodes, stride).transpose(0, 1)
    share = torch.arange(stride, device=noise.device).to(noise) / stride
    sound = torch.lerp(level[:-1] @ parts, level[1:] @ parts, share)  # [node, clip, sample of the node]
    return sound.transpose(0, 1).reshape(*lead, nodes * stride)[..., :n_samples]


def envelope(residual: Residual, time: Tensor) -> Tensor:
    """Envelope of every band, 1 at its delay.

    Shape:
        - Input: `[..., band]` each, `[time]`
        - Output: `[..., band, time]`
    """
    after = time - residual.delay[..., None]
    rise = (after / RISE + 1).clamp(0, 1)
    fall = torch.exp(-math.log(1000) * after.clamp_min(0) / residual.t60[..., None])
    return rise.square() * (3 - 2 * rise) * fall
