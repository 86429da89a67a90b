"""A sound with a given STFT magnitude, by the fast Griffin-Lim algorithm (Perraudin et al. 2013).

It alternates between the spectra of that magnitude and the spectra that some sound has, with momentum. The outcome
depends on the phase it starts from, which is therefore handed in: that of a sound known to be near, or else
`onset_phase`, or a random one.
"""

import math
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.seeds import generator
from impactsound.vocoder import spectrogram as logs
from impactsound.vocoder.spectrogram import istft, stft

TINY = 1e-16
SILENT = 1e-6  # re the largest magnitude of a clip's STFT: less is rounding, the phase of which says nothing
MOMENTUM = 0.9  # with 0.99 more iterations part from the waveform that a good phase starts with


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


def phase_of(sound: Tensor, clip: Clip) -> Tensor:
    """Phases of a sound's STFT, such as that of its modes and residual; where it is silent, those of `onset_phase`.

    Shape:
        - Input: `[..., time]`
        - Output: `[..., bin, step]`, rad
    """
    spectrum = stft(sound, clip)
    size = spectrum.abs()
    silent = size <= SILENT * size.amax((-2, -1), keepdim=True)
    return torch.where(silent, onset_phase(clip).to(size), spectrum.angle())


def vocode(spectrogram: Tensor, clip: Clip, phase: Tensor, iterations: int, momentum: float = MOMENTUM) -> Tensor:
    """The sound of a log spectrogram; as `griffin_lim` otherwise.

    Shape:
        - Input: `[..., bin, step]` in [-1, 1]
        - Output: `[..., n_samples]`
    """
    return griffin_lim(logs.magnitude(spectrogram, clip), clip, phase, iterations, momentum)


def griffin_lim(
    magnitude: Tensor, clip: Clip, phase: Tensor, iterations: int = 32, momentum: float = MOMENTUM
) -> Tensor:
    """Find the phase, and return the sound.

    Args:
        phase: where to start, rad; anything that broadcasts to the magnitude.
        iterations: projections onto the spectra that a sound has; 0 takes the phase as it is.
        momentum: 0 is the algorithm of Griffin and Lim (1984); at most 0.99 is advised.

    Shape:
        - Input: `[..., bin, step]`
        - Output: `[..., n_samples]`
    """
    return next(islice(sounds(magnitude, clip, phase, momentum), iterations, None))


def sounds(magnitude: Tensor, clip: Clip, phase: Tensor, momentum: float = MOMENTUM) -> Iterator[Tensor]:
    """The sound before the first iteration, after it, after the second and so on without end; as `griffin_lim`."""
    if not 0 <= momentum <= 1:
        raise ValueError(f"momentum must be in [0, 1], got {momentum}")
    spectrum = torch.polar(magnitude, phase.to(magnitude).expand_as(magnitude).contiguous())
    before = torch.zeros_like(spectrum)
    while True:
        sound = istft(spectrum, clip)
        yield sound
        projected = stft(sound, clip)
        ahead = (1 + momentum) * projected - momentum * before
        spectrum = magnitude * ahead / (ahead.abs() + TINY)
        before = projected


def spectral_convergence(estimate: Tensor, magnitude: Tensor) -> Tensor:
    """Norm of the difference over that of the true magnitude; `[..., bin, step]` to `[...]`, 0 is perfect."""
    return (estimate - magnitude).norm(dim=(-2, -1)) / magnitude.norm(dim=(-2, -1))
