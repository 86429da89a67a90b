"""A sound with a given STFT magnitude, by the fast Griffin-Lim algorithm (Perraudin et al. 2013).

It alternates between the spectra of that magnitude and the spectra that some sound has, with momentum. The
outcome depends on the phase it starts from, which is therefore handed in.
"""

import math

import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.seeds import generator
from impactsound.vocoder.spectrogram import istft, stft

TINY = 1e-16


def random_phase(keys: list[str], clip: Clip, *seed: object) -> Tensor:
    """Phases drawn for each clip by its id, uniform over the circle.

    Shape:
        - Output: `[len(keys), bin, step]`, rad
    """
    shape = clip.n_bins, clip.n_steps
    return torch.stack([2 * math.pi * torch.rand(shape, generator=generator(*seed, key)) for key in keys])


def onset_phase(clip: Clip) -> Tensor:
    """Phases of steady cosines that all start at the onset, as modes struck at once do; no random draw.

    Shape:
        - Output: `[bin, step]`, rad
    """
    bins = torch.arange(clip.n_bins, dtype=torch.float64)[:, None]
    start = torch.arange(clip.n_steps, dtype=torch.float64) * clip.hop - clip.n_fft // 2
    return (2 * math.pi * (bins * start / clip.n_fft % 1)).float()


def griffin_lim(magnitude: Tensor, clip: Clip, phase: Tensor, iterations: int = 32, momentum: float = 0.99) -> Tensor:
    """Find the phase, and return the sound.

    Args:
        phase: where to start, rad; anything that broadcasts to the magnitude.
        iterations: projections onto the spectra that a sound has; 0 takes the phase as it is.
        momentum: 0 is the algorithm of Griffin and Lim (1984); at most 0.99 is advised.

    Shape:
        - Input: `[..., bin, step]`
        - Output: `[..., n_samples]`
    """
    if not 0 <= momentum <= 1:
        raise ValueError(f"momentum must be in [0, 1], got {momentum}")
    spectrum = torch.polar(magnitude, phase.to(magnitude).expand_as(magnitude).contiguous())
    before = torch.zeros_like(spectrum)
    for _ in range(iterations):
        projected = stft(istft(spectrum, clip), clip)
        ahead = (1 + momentum) * projected - momentum * before
        spectrum = magnitude * ahead / (ahead.abs() + TINY)
        before = projected
    return istft(spectrum, clip)


def spectral_convergence(estimate: Tensor, magnitude: Tensor) -> Tensor:
    """Norm of the difference over that of the true magnitude; `[..., bin, step]` to `[...]`, 0 is perfect."""
    return (estimate - magnitude).norm(dim=(-2, -1)) / magnitude.norm(dim=(-2, -1))
