"""The log spectrogram that the denoiser generates: the log of an STFT's magnitude, from -1 to 1.

Steps are centred, with silence before the onset and after the end: step k is about sample k * hop. -1 is a
magnitude of 0, 1 is `Clip.ceiling`; what is louder is clamped there. A full-scale sinusoid has n_fft / 4.
"""

import math

import torch
from torch import Tensor

from impactsound.config import Clip


def stft(sound: Tensor, clip: Clip) -> Tensor:
    """Complex STFT with a Hann window.

    Shape:
        - Input: `[..., time]`
        - Output: `[..., bin, step]`
    """
    flat = torch.stft(
        sound.reshape(-1, sound.shape[-1]),
        clip.n_fft,
        clip.hop,
        window=_window(sound, clip),
        center=True,
        pad_mode="constant",
        return_complex=True,
    )
    return flat.reshape(*sound.shape[:-1], *flat.shape[-2:])


def istft(spectrum: Tensor, clip: Clip) -> Tensor:
    """The sound whose STFT is nearest to the given one in least squares, exactly `clip.n_samples` long.

    Shape:
        - Input: `[..., bin, step]`, complex
        - Output: `[..., n_samples]`
    """
    flat = torch.istft(
        spectrum.reshape(-1, *spectrum.shape[-2:]),
        clip.n_fft,
        clip.hop,
        window=_window(spectrum.real, clip),
        center=True,
        length=clip.n_samples,
    )
    return flat.reshape(*spectrum.shape[:-2], clip.n_samples)


def log_spectrogram(sound: Tensor, clip: Clip) -> Tensor:
    """Log magnitude of the STFT, at most 1.

    Shape:
        - Input: `[..., time]`
        - Output: `[..., bin, step]` in [-1, 1]

    >>> clip = Clip()
    >>> log_spectrogram(torch.zeros(2, clip.n_samples), clip).shape, clip.n_bins, clip.n_steps
    (torch.Size([2, 1025, 44]), 1025, 44)
    """
    low, high = _range(clip)
    log = (stft(sound, clip).abs() + clip.floor).log()
    return (2 * (log - low) / (high - low) - 1).clamp(-1, 1)


def magnitude(spec: Tensor, clip: Clip) -> Tensor:
    """The STFT magnitude of a log spectrogram; the inverse of `log_spectrogram` up to the phase."""
    low, high = _range(clip)
    return (((spec + 1) / 2 * (high - low) + low).exp() - clip.floor).clamp(min=0)


def _range(clip: Clip) -> tuple[float, float]:
    """Natural logs of the magnitudes at -1 and 1."""
    return math.log(clip.floor), math.log(clip.ceiling)


def _window(like: Tensor, clip: Clip) -> Tensor:
    return torch.hann_window(clip.n_fft, dtype=like.dtype, device=like.device)
