"""The residual: what the modes leave of an impact, as bands of noise that decay.

r(t) = sum_b w_b n_b(t) 10 ** (-3 t / T60_b), with n_b one fixed draw of white noise split into
mel-spaced bands. After Su et al. 2023 (arXiv 2303.16897); there the weights are a sigmoid, here the sigmoid runs
over decibels, since residuals lie 20 to 80 dB below the modes.
"""

import math

import torch
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.seeds import generator
from impactsound.vocoder.spectrogram import log_spectrogram

WEIGHT_FLOOR = -80.0  # dB re a band's noise at an RMS of 1
T60_RANGE = (0.01, 1.0)  # seconds
MEL_BREAK = 700.0  # Hz; mel(f) = log(1 + f / MEL_BREAK), up to a factor (O'Shaughnessy 1987)


def noise_bands(bands: int, n_samples: int, sample_rate: float, seed: int) -> Tensor:
    """White noise from a fixed draw, split into mel-spaced bands that each have an RMS of 1.

    The bands' filters are triangles on the mel scale that sum to one at every frequency.

    Shape:
        - Output: `[band, time]`
    """
    white = torch.randn(n_samples, generator=generator(seed, "residual noise"), dtype=torch.float64)
    frequency = torch.fft.rfftfreq(n_samples, 1 / sample_rate, dtype=torch.float64)
    mel = torch.log1p(frequency / MEL_BREAK)
    position = mel / mel[-1] * bands - 0.5
    distance = position.clamp(0, bands - 1) - torch.arange(bands, dtype=torch.float64)[:, None]
    split = torch.fft.irfft(torch.fft.rfft(white) * (1 - distance.abs()).clamp_min(0), n=n_samples)
    return (split / split.square().mean(-1, keepdim=True).sqrt().clamp_min(1e-12)).float()


def render_residual(weight: Tensor, t60: Tensor, noise: Tensor, sample_rate: float) -> Tensor:
    """Sum of the decaying bands.

    Args:
        weight: amplitude of each band at the onset; t60: seconds; noise: from `noise_bands`.

    Shape:
        - Input: `[..., band]`, `[..., band]`, `[band, time]`
        - Output: `[..., time]`
    """
    time = torch.arange(noise.shape[-1], device=noise.device) / sample_rate
    envelope = torch.exp(-math.log(1000) * time / t60[..., None])
    return torch.einsum("...b,...bt,bt->...t", weight, envelope, noise)


def normalise(weight: Tensor, t60: Tensor) -> tuple[Tensor, Tensor]:
    """Weights and T60s as network inputs in [0, 1], linear in dB and in the logarithm of the time."""
    decibels = 20 * torch.log10(weight.clamp_min(10 ** (WEIGHT_FLOOR / 20)))
    low, high = (math.log(value) for value in T60_RANGE)
    return 1 - decibels.clamp_max(0) / WEIGHT_FLOOR, ((t60.log() - low) / (high - low)).clamp(0, 1)


class ResidualEncoder(nn.Module):
    """Transformer on the log spectrogram that gives the weight and the T60 of every noise band."""

    def __init__(self, clip: Clip, bands: int, width: int, layers: int, heads: int, dropout: float, seed: int):
        super().__init__()
        self.clip = clip
        self.project = nn.Linear(clip.n_bins, width)
        self.position = nn.Parameter(0.02 * torch.randn(clip.n_steps, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout, "gelu", batch_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.weight = nn.Linear(width, bands)
        self.t60 = nn.Linear(width, bands)
        self.register_buffer("noise", noise_bands(bands, clip.n_samples, clip.sample_rate, seed))

    def forward(self, sound: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (amplitude) and T60s (seconds), each `[clip, band]`, of sounds `[clip, time]`."""
        spectrogram = log_spectrogram(sound, self.clip)
        hidden = self.blocks(self.project(spectrogram.transpose(1, 2)) + self.position)  # [clip, step, width]
        pooled = self.norm(hidden).mean(1)
        decibels = WEIGHT_FLOOR * (1 - torch.sigmoid(self.weight(pooled)))
        low, high = (math.log(value) for value in T60_RANGE)
        t60 = torch.exp(low + (high - low) * torch.sigmoid(self.t60(pooled)))
        return 10 ** (decibels / 20), t60

    def render(self, weight: Tensor, t60: Tensor) -> Tensor:
        """The residual's sound, `[clip, time]`."""
        return render_residual(weight, t60, self.noise, self.clip.sample_rate)
