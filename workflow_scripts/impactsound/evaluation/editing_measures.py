"""What an edit did to a sound, heard in the sound alone: pitch, T60, tilt and level of the edited against the unedited.

Each measure takes both sounds `[..., time]` and gives a change `[...]` in a unit that is 0 for none and in which
changes one after the other add up; it is nan where either sound is silent.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.physics.slots import DECAY_RANGE

LOWEST = 50.0  # Hz: what lies below has no pitch or tilt
STEP = 12  # bands a semitone, of which a pitch is told
BLUR = 0.5  # semitones: lines of two spectra need not meet to the cent
FARTHEST = 18.0  # semitones, of a pitch shift
COMPRESSION = 0.25  # power of energy at which spectra are compared, so that the loudest mode is not all there is
OVER, UNDER = -5.0, -25.0  # dB of Schroeder's curve between which a decay is read
AUDIBLE = -20.0  # dB re the loudest band of a sound: fainter ones have no say in its tilt
FADES = (0.002, 0.05)  # s at the start and the end of a sound whose tilt is measured
TINY = 1e-30


def pitch_shift(before: Tensor, after: Tensor, clip: Clip) -> Tensor:
    """Semitones up from one sound to the other: where their spectra over log frequency agree best.

    Scaled frequencies f' = s f are a shift of that spectrum by 12 log2 s semitones, whatever the modes are. Spectra
    are the energies of bands of 1 / `STEP` semitone, compressed and blurred, and agreement is the cosine of what both
    hold where they overlap.
    """
    count = math.floor(12 * STEP * math.log2(clip.sample_rate / 2 / LOWEST))
    edges = LOWEST * 2 ** (torch.arange(count + 1, dtype=torch.float64) / (12 * STEP))
    spectra = [_blurred(band_energy(sound, edges, clip) ** COMPRESSION) for sound in (before, after)]
    match = _agreement(*spectra, round(FARTHEST * STEP))
    shift = (match.argmax(-1) - match.shape[-1] // 2).double() / STEP
    return shift.masked_fill(_silent(before) | _silent(after), math.nan)


def t60_change(before: Tensor, after: Tensor, clip: Clip) -> Tensor:
    """How many times the T60 has doubled."""
    return torch.log2(decay(before, clip) / decay(after, clip))


def tilt_change(before: Tensor, after: Tensor, clip: Clip) -> Tensor:
    """dB an octave by which the spectrum has become brighter.

    The slope over the octaves of the change of level, of the third-octave bands that are `AUDIBLE` in both sounds on
    average: fainter ones hold the skirts of their neighbours. So do the ends of a clip, which are therefore faded.
    nan where but one band is left.
    """
    count = math.floor(3 * math.log2(clip.sample_rate / 2 / LOWEST))
    edges = LOWEST * 2 ** (torch.arange(count + 1, dtype=torch.float64) / 3)
    old, new = (_decibel(band_energy(_faded(sound, clip), edges, clip)) for sound in (before, after))
    level = (old - old.amax(-1, keepdim=True) + new - new.amax(-1, keepdim=True)) / 2
    heard = (level >= AUDIBLE).to(old)
    octaves = torch.arange(count).to(old) / 3
    octaves = (octaves - ((heard * octaves).sum(-1) / heard.sum(-1))[..., None]) * heard
    slope = (octaves * (new - old)).sum(-1) / octaves.square().sum(-1)  # 0 / 0 of a single band
    return slope.masked_fill(_silent(before) | _silent(after), math.nan)


def level_change(before: Tensor, after: Tensor, clip: Clip) -> Tensor:
    """dB by which the energy has grown."""
    change = _decibel(after.double().square().sum(-1)) - _decibel(before.double().square().sum(-1))
    return change.masked_fill(_silent(before) | _silent(after), math.nan)


def decay(sound: Tensor, clip: Clip) -> Tensor:
    """Decay rate of the amplitude in 1/s, within `DECAY_RANGE`; nan of silence.

    Schroeder's backward integral of the energy (1965) says when the sound has `OVER` and `UNDER` dB left; the energies
    A and B of the two halves between give the rate, A / B = exp(lambda duration). That is exact for an exponential
    however early the clip ends, where the slope of the curve itself is too steep.

    Shape:
        - Input: `[..., time]`
        - Output: `[...]`
    """
    left = sound.double().square().flip(-1).cumsum(-1).flip(-1)
    level = _decibel(left / left[..., :1].clamp_min(TINY))
    first, last = ((level > bound).sum(-1, keepdim=True) for bound in (OVER, UNDER))
    half = ((last - first) // 2).clamp_min(1)
    ends = torch.cat([first, first + half, first + 2 * half], -1).clamp_max(sound.shape[-1] - 1)
    a, b = (-left.gather(-1, ends).diff(dim=-1)).clamp_min(TINY).unbind(-1)
    rate = torch.log(a / b) / (half[..., 0] / clip.sample_rate) / 2
    return rate.clamp(*DECAY_RANGE).masked_fill(_silent(sound), math.nan)


def band_energy(sound: Tensor, edges: Tensor, clip: Clip) -> Tensor:
    """Energy of a sound between frequencies, each bin of its spectrum being spread evenly over the bin's width.

    Args:
        edges: Hz, rising, up to half the sample rate.

    Shape:
        - Input: `[..., time]`, `[band + 1]`
        - Output: `[..., band]`
    """
    power = torch.fft.rfft(sound.double(), 4 * sound.shape[-1]).abs().square()
    total = torch.nn.functional.pad(power.cumsum(-1), (1, 0))
    place = (edges / clip.sample_rate * 4 * sound.shape[-1] + 0.5).clamp(0, total.shape[-1] - 1.001)
    whole = place.long()
    return torch.lerp(total[..., whole], total[..., whole + 1], place - whole).diff(dim=-1)


def low_passed(sound: Tensor, edge: Tensor, clip: Clip) -> Tensor:
    """What of the sounds `[..., time]` lies below the edges, in Hz, `[...]`."""
    spectrum = torch.fft.rfft(sound, 2 * sound.shape[-1])
    frequency = torch.fft.rfftfreq(2 * sound.shape[-1], 1 / clip.sample_rate)
    return torch.fft.irfft(spectrum * (frequency < edge[..., None]))[..., : sound.shape[-1]]


def _agreement(one: Tensor, other: Tensor, most: int) -> Tensor:
    """The cosine of one spectrum and the other moved back by -most ... most bands, `[..., shift]` of `[..., band]`."""
    length = 2 ** math.ceil(math.log2(2 * one.shape[-1]))

    def correlated(a: Tensor, b: Tensor) -> Tensor:
        product = torch.fft.rfft(a, length).conj() * torch.fft.rfft(b, length)
        return torch.fft.irfft(product, length).roll(most, -1)[..., : 2 * most + 1]

    there = torch.ones_like(one)
    norms = correlated(one.square(), there) * correlated(there, other.square())
    return correlated(one, other) / norms.clamp_min(TINY).sqrt()


def _blurred(spectrum: Tensor) -> Tensor:
    """A spectrum of `STEP` bands a semitone, averaged with a Gaussian of `BLUR` semitones."""
    reach = math.ceil(3 * BLUR * STEP)
    kernel = torch.exp(-((torch.arange(-reach, reach + 1).to(spectrum) / (BLUR * STEP)) ** 2) / 2)
    padded = spectrum.reshape(-1, 1, spectrum.shape[-1])
    return torch.nn.functional.conv1d(padded, (kernel / kernel.sum())[None, None], padding=reach).reshape_as(spectrum)


def _faded(sound: Tensor, clip: Clip) -> Tensor:
    """A sound `[..., time]` with a raised cosine over its ends."""
    time = (torch.arange(sound.shape[-1], dtype=torch.float64) + 0.5) / clip.sample_rate
    ends = (time / FADES[0]).clamp_max(1) * ((clip.duration - time) / FADES[1]).clamp(0, 1)
    return sound * torch.sin(math.pi / 2 * ends).square()


def _silent(sound: Tensor) -> Tensor:
    return (sound == 0).all(-1)


def _decibel(energy: Tensor) -> Tensor:
    return 10 * energy.clamp_min(TINY).log10()


@dataclass(frozen=True)
class Measure:
    """A measure of the change from one sound to another, and its unit."""

    change: Callable[[Tensor, Tensor, Clip], Tensor]
    unit: str


MEASURES = {
    "pitch": Measure(pitch_shift, "semitones"),
    "t60": Measure(t60_change, "doublings"),
    "tilt": Measure(tilt_change, "dB/octave"),
    "level": Measure(level_change, "dB"),
}
