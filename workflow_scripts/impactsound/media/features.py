"""Hand-crafted features of a sound, which know nothing of physics: MFCCs and measures of the spectrum.

Both are measured at every step of the clip's centred STFT, then told by statistics over the steps, so that their
number depends neither on the sound's length nor on the hop. They have units: standardise before learning from them.
"""

from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F
from torchaudio.transforms import MFCC

from impactsound.config import Clip
from impactsound.vocoder.spectrogram import stft

COEFFICIENTS = 20
MELS = 40
ROLLOFF = 0.85  # share of the magnitude that lies below the roll-off
OCTAVE = 200.0  # Hz, where the second band of the contrast starts; each of the next starts an octave higher
QUANTILE = 0.02  # share of a band's bins that make its peak and its valley
FLOOR = 1e-10  # of power, where dB are taken; -100 dB
BATCH = 256  # sounds measured together


def features(sound: Tensor, clip: Clip) -> dict[str, Tensor]:
    """`mfcc` and `spectral` of sounds `[clip, time]`, each `[clip, n]`."""
    parts = sound.split(BATCH)
    return {measure.__name__: torch.cat([measure(part, clip) for part in parts]) for measure in (mfcc, spectral)}


def mfcc(sound: Tensor, clip: Clip) -> Tensor:
    """Mean, standard deviation and slope (1/s) over the steps of each coefficient.

    The slope is the regression delta (Furui 1986) with the whole clip as its window: a strike decays from its onset
    to its end, and the mean of first differences would be the last step less the first, whatever lies between.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, 60]`
    """
    steps = mfcc_steps(sound, clip)
    return torch.cat([steps.mean(-1), steps.std(-1, correction=0), slope(steps, clip)], dim=1)


def spectral(sound: Tensor, clip: Clip) -> Tensor:
    """Mean and standard deviation of the measures of `spectral_steps`, and how the sound dies away.

    The last two are the level's slope in dB/s and the centroid of the energy in s after the onset. Silence has a
    centroid, bandwidth, roll-off, contrast, crossing rate and slope of 0, a flatness of 1 and a level of -100 dB.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, n]`, of n as many as the octaves give
    """
    steps = spectral_steps(sound, clip)
    decay = slope(steps[:, -1], clip)
    return torch.cat([steps.mean(-1), steps.std(-1, correction=0), decay[:, None], _when(sound, clip)[:, None]], dim=1)


def mfcc_steps(sound: Tensor, clip: Clip) -> Tensor:
    """Mel-frequency cepstral coefficients (Davis and Mermelstein 1980) of each step, on Slaney's mel scale.

    Bands more than 80 dB below the loudest of the sound count as that far below it.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, coefficient, step]`
    """
    spectrum = {"n_fft": clip.n_fft, "hop_length": clip.hop, "pad_mode": "constant"}
    mel = {"n_mels": MELS, "norm": "slaney", "mel_scale": "slaney"}
    transform = MFCC(clip.sample_rate, COEFFICIENTS, melkwargs=spectrum | mel).to(sound)
    return transform(sound[:, None])[:, 0]  # as one channel each: torchaudio takes the loudest over all channels


def spectral_steps(sound: Tensor, clip: Clip) -> Tensor:
    """Measures of each step's magnitudes and samples (Peeters 2004).

    In this order: centroid, bandwidth about it and roll-off (Hz); flatness (geometric over arithmetic mean of the
    power); contrast of each octave band (dB); zero crossings (share of the samples); level (dB re full scale).

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, measure, step]`
    """
    magnitude = stft(sound, clip).abs()
    power = magnitude.square()
    measures = [_shape(magnitude, clip), _flatness(power)[:, None], _contrast(power, clip)]
    measures += [_crossings(sound, clip)[:, None], _level(sound, clip)[:, None]]
    return torch.cat(measures, dim=1)


def slope(steps: Tensor, clip: Clip) -> Tensor:
    """Least-squares slope over the steps, per second, `[...]` of `[..., step]`."""
    time = torch.arange(steps.shape[-1]).to(steps) * clip.hop / clip.sample_rate
    time = time - time.mean()
    return (steps - steps.mean(-1, keepdim=True)) @ time / time.square().sum().clamp(min=FLOOR)


def octave_bins(clip: Clip) -> list[int]:
    """The first bin of each band of the contrast, and the end of the last.

    >>> octave_bins(Clip(sample_rate=16000, n_fft=512))
    [0, 6, 12, 25, 51, 102, 204, 257]
    """
    starts, frequency = {0}, OCTAVE
    while frequency < clip.sample_rate / 2:
        starts.add(int(frequency / clip.bin_width))
        frequency *= 2
    return [*sorted(starts), clip.n_bins]


def _shape(magnitude: Tensor, clip: Clip) -> Tensor:
    """Centroid, bandwidth and roll-off in Hz, `[clip, 3, step]`, the magnitudes being weights."""
    frequency = (torch.arange(clip.n_bins).to(magnitude) * clip.bin_width)[:, None]
    total = magnitude.sum(1, keepdim=True)
    share = magnitude / total.clamp(min=FLOOR)
    centroid = (share * frequency).sum(1, keepdim=True)
    bandwidth = (share * (frequency - centroid).square()).sum(1).sqrt()
    below = (magnitude.cumsum(1) < ROLLOFF * total).sum(1)
    return torch.stack([centroid[:, 0], bandwidth, below * clip.bin_width], dim=1)


def _flatness(power: Tensor) -> Tensor:
    """`[clip, step]` in (0, 1]."""
    power = power.clamp(min=FLOOR)
    return power.log().mean(1).exp() / power.mean(1)


def _contrast(power: Tensor, clip: Clip) -> Tensor:
    """dB from the valley to the peak of each octave band (Jiang et al. 2002), `[clip, band, step]`."""
    bands = []
    for first, end in pairwise(octave_bins(clip)):
        ordered = power[:, first:end].sort(dim=1).values
        count = max(1, round(QUANTILE * (end - first)))
        bands.append(_decibel(ordered[:, -count:].mean(1)) - _decibel(ordered[:, :count].mean(1)))
    return torch.stack(bands, dim=1)


def _crossings(sound: Tensor, clip: Clip) -> Tensor:
    """Changes of sign over the samples of each step's window, `[clip, step]`."""
    negative = sound < -FLOOR
    changes = F.pad((negative[:, 1:] != negative[:, :-1]).to(sound), 2 * [clip.n_fft // 2])
    return changes.unfold(1, clip.n_fft - 1, clip.hop).sum(-1) / clip.n_fft


def _level(sound: Tensor, clip: Clip) -> Tensor:
    """Mean square of each step's window in dB, `[clip, step]`."""
    return _decibel(F.avg_pool1d(sound.square(), clip.n_fft, clip.hop, clip.n_fft // 2))


def _when(sound: Tensor, clip: Clip) -> Tensor:
    """Centroid of the energy in s, `[clip]`."""
    energy = sound.square()
    time = torch.arange(sound.shape[1]).to(sound) / clip.sample_rate
    return energy @ time / energy.sum(1).clamp(min=FLOOR)


def _decibel(power: Tensor) -> Tensor:
    return 10 * power.clamp(min=FLOOR).log10()
