"""Single modes that stand out of what is left of a sound: matched filters over frequency and decay.

The filter for a mode of decay d at every frequency is one FFT of the sound times exp(-d t); its squared output over
the energy of exp(-d t) is what the mode explains. Looking for the best mode in the residual and refining
all of them is orthogonal matching pursuit with Newton's refinement (Mamandipoor, Ramasamy & Madhow 2016).
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import max_pool1d, pad

DECAYS = (1.0, 12.0, 40.0, 120.0, 400.0, 1300.0, 4000.0)  # 1/s
PADDING = 2  # times the length that is transformed: so finely frequencies are looked at
APART = 1.5  # over the length: Hz that new modes are apart at least


def search_residual(
    left: Tensor, length: Tensor, noise: Tensor, sample_rate: float, margin: float, most: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Poles and amplitudes of the modes that explain most of a residual, and what they explain of it re the noise.

    Each is `[clip, most]`.

    Args:
        left: the residual, `[clip, time]`; length: samples of it that count, `[clip]`; noise: its variance per sample
            at the lines of its FFT, `[clip, line]`; margin: Hz from 0 and from half the sample rate that are left out.
    """
    n_fft = PADDING * left.shape[-1]
    frequency = torch.arange(n_fft // 2 + 1, device=left.device, dtype=left.dtype) * (sample_rate / n_fft)
    best = left.new_zeros(len(left), len(frequency))
    decay = torch.zeros_like(best)
    amplitude = torch.complex(decay, decay)
    noise = noise.repeat_interleave(PADDING, -1)[:, : best.shape[-1]]
    noise = pad(noise, (0, best.shape[-1] - noise.shape[-1]), mode="replicate")
    time = torch.arange(left.shape[-1], device=left.device, dtype=left.dtype) / sample_rate
    for value in DECAYS:
        envelope = torch.exp(-value * time)
        energy = (envelope.square() * (time * sample_rate < length[:, None])).sum(-1, keepdim=True)
        spectrum = torch.fft.rfft(left * envelope, n_fft)
        gain = 2 * spectrum.abs().square() / (energy * noise)
        decay = torch.where(gain > best, value, decay)
        amplitude = torch.where(gain > best, 2 * spectrum / energy, amplitude)
        best = torch.maximum(best, gain)
    width = round(APART * PADDING)
    peak = best == max_pool1d(best, 2 * width + 1, 1, width)
    peak &= (frequency > margin) & (frequency < sample_rate / 2 - margin)
    gain, line = torch.where(peak, best, 0.0).topk(min(most, best.shape[-1]), -1)
    pole = torch.complex(-decay.gather(-1, line), 2 * math.pi * frequency[line]) / sample_rate
    return pole, amplitude.gather(-1, line), gain
