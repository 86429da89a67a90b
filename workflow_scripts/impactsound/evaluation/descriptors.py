"""How bright a sound is, how long it rings and how loud it is, and how far these are from the true ones.

Conventions: sounds are `[clip, time]` and are scaled to a peak of 1 first, so that no descriptor sees a gain. No
clips, and samples that are not finite, are a ValueError. Every sound has every descriptor, so that none is left out of
a mean: silence has the centroid `LOWEST`, the T60 `SHORTEST` and the level `QUIETEST`, and is as wrong as these are.

The T60 is read off the energy that is yet to come (Schroeder 1965), from -5 to -25 dB of it (ISO 3382-1's T20). The
sound's end cuts that short: what rings for longer than two clips, and what does not decay at all, seems to ring for one
and a half to two and a half of them. True and generated sounds are cut at the same place.
"""

import torch
from torch import Tensor

LOWEST = 20.0  # Hz, of a centroid
SHORTEST = 1e-3  # s, of a T60
QUIETEST = -100.0  # dB, of a level
RANGE = (-5.0, -25.0)  # dB of the energy yet to come, in which the slope is fitted
POLES = (20.598997, 107.65265, 737.86223, 12194.217)  # Hz, of the A-weighting (IEC 61672-1, annex E)


def validate(sound: Tensor) -> None:
    """Raise a ValueError unless there is at least one clip, and all samples are finite."""
    if sound.ndim != 2 or 0 in sound.shape:
        raise ValueError(f"sounds {tuple(sound.shape)} are not [clip, time], at least one of each")
    if not sound.isfinite().all():
        raise ValueError("the sounds have samples that are not finite")


def describe(sound: Tensor, sample_rate: float) -> dict[str, Tensor]:
    """`centroid` (Hz), `decay` (T60 in s) and `loudness` (dB) of each clip, `[clip]` each."""
    return {
        "centroid": centroid(sound, sample_rate),
        "decay": t60(sound, sample_rate),
        "loudness": level(sound, sample_rate),
    }


def errors(target: dict[str, Tensor], found: dict[str, Tensor]) -> dict[str, Tensor]:
    """How far off each descriptor is, `[clip]` each: the centroid in octaves, T60 in doublings, loudness in dB."""
    logs = {f"{name}_error": (found[name] / target[name]).log2().abs() for name in ("centroid", "decay")}
    return logs | {"loudness_error": (found["loudness"] - target["loudness"]).abs()}


def peak_normalised(sound: Tensor) -> Tensor:
    """The sounds scaled to a peak of 1, silence as it is."""
    peak = sound.abs().amax(-1, keepdim=True)
    return sound / torch.where(peak > 0, peak, 1.0)


def centroid(sound: Tensor, sample_rate: float) -> Tensor:
    """Mean frequency of the energy of the whole sound in Hz (Peeters 2004, of the power)."""
    power, frequency = _spectrum(sound, sample_rate)
    return (power @ frequency / power.sum(-1)).nan_to_num(nan=0.0).clamp_min(LOWEST)


def t60(sound: Tensor, sample_rate: float) -> Tensor:
    """Seconds in which the sound falls by 60 dB, at the rate of the least-squares line within `RANGE`.

    A sound of which fewer than two samples lie in the range dies at once.
    """
    validate(sound)
    energy = peak_normalised(sound).double().square()
    ahead = energy.flip(-1).cumsum(-1).flip(-1)
    decibel = 10 * (ahead / ahead[:, :1]).log10()
    inside = (decibel <= RANGE[0]) & (decibel >= RANGE[1])
    time = torch.arange(sound.shape[-1], dtype=torch.float64) / sample_rate
    count = inside.sum(-1, keepdim=True)
    mean_time, mean_level = (torch.where(inside, each, 0.0).sum(-1, keepdim=True) / count for each in (time, decibel))
    off = torch.where(inside, time - mean_time, 0.0)
    slope = (off * torch.where(inside, decibel - mean_level, 0.0)).sum(-1) / off.square().sum(-1)
    return (-60 / slope).nan_to_num(nan=0.0).clamp_min(SHORTEST)


def level(sound: Tensor, sample_rate: float) -> Tensor:
    """A-weighted level of the whole sound in dB re a mean square of 1, that of one at its peak throughout."""
    power, frequency = _spectrum(sound, sample_rate)
    weighted = power @ a_weighting(frequency).square()
    return (10 * weighted.log10()).clamp_min(QUIETEST)


def a_weighting(frequency: Tensor) -> Tensor:
    """Gain of the A-weighting, 1 at 1 kHz (IEC 61672-1, eq. E.6).

    >>> a_weighting(torch.tensor([100.0, 1000.0])).log10().mul(20).round(decimals=1).tolist()
    [-19.1, 0.0]
    """
    return _response(frequency) / _response(torch.tensor(1000.0, dtype=torch.float64))


def _response(frequency: Tensor) -> Tensor:
    square = frequency.double().square()
    low, second, third, high = (square + pole**2 for pole in POLES)
    return POLES[3] ** 2 * square**2 / (low * (second * third).sqrt() * high)


def _spectrum(sound: Tensor, sample_rate: float) -> tuple[Tensor, Tensor]:
    """What each frequency adds to the mean square, `[clip, bin]`, and the frequencies in Hz."""
    validate(sound)
    samples = sound.shape[-1]
    power = torch.fft.rfft(peak_normalised(sound).double()).abs().square() / samples**2
    twice = torch.full((power.shape[-1],), 2.0, dtype=torch.float64)  # of a bin and its negative frequency
    twice[0] = 1
    if samples % 2 == 0:
        twice[-1] = 1
    return power * twice, torch.fft.rfftfreq(samples, 1 / sample_rate, dtype=torch.float64)
