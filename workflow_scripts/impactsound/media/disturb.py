"""Recordings as a worse microphone in a larger room would have made them: reverberation, then noise.

The room's response is the direct sound, and a tail of Gaussian noise that falls by 60 dB in T60 (Polack 1988) and holds
as much energy as the direct sound. The noise is white; the ratio of the sound's energy to its own is the SNR.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from impactsound.seeds import normal

PREDELAY = 0.005  # s between the direct sound and the tail


def disturb(
    sound: Tensor,
    clips: Sequence[str],
    sample_rate: float,
    seed: int,
    snr: float | None = None,
    t60: float | None = None,
) -> tuple[Tensor, Tensor]:
    """Add a room and noise, and scale to a peak of 1 again.

    Every clip has a room and a noise of its own, which depend on its id and not on the other clips.

    Args:
        snr: dB, of the sound in the room re the noise; None adds none. Silence has no noise added.
        t60: s of the room; None adds none.

    Returns:
        The sounds, and what each was divided by.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, time]`, `[clip]`
    """
    n = sound.shape[-1]
    if t60 is not None:
        sound = convolve(sound, room(clips, n, sample_rate, t60, seed))
    if snr is not None:
        noise = normal((n,), list(clips), seed, "noise").to(sound)
        level = sound.square().mean(-1, keepdim=True).sqrt() * 10 ** (-snr / 20)
        sound = sound + noise / noise.square().mean(-1, keepdim=True).sqrt() * level
    peak = sound.abs().amax(-1)
    return sound / torch.where(peak > 0, peak, 1.0)[:, None], peak


def room(clips: Sequence[str], n: int, sample_rate: float, t60: float, seed: int) -> Tensor:
    """The response of a room of each clip, of unit energy in the direct sound and of as much in the tail.

    Shape:
        - Output: `[clip, n]`
    """
    delay = round(PREDELAY * sample_rate)
    time = torch.arange(n) / sample_rate
    envelope = torch.where(torch.arange(n) >= delay, torch.exp(-math.log(1000) / t60 * time), 0.0)
    tail = normal((n,), list(clips), seed, "room") * envelope
    tail = tail / tail.square().sum(-1, keepdim=True).sqrt()
    tail[:, 0] = 1.0
    return tail


def convolve(sound: Tensor, response: Tensor) -> Tensor:
    """Each sound through its response, as long as the sound, `[clip, time]`."""
    size = 2 * sound.shape[-1]
    return torch.fft.irfft(torch.fft.rfft(sound, size) * torch.fft.rfft(response, size), size)[..., : sound.shape[-1]]
