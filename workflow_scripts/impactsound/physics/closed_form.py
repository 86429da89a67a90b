"""The residual's parameters from the sound that the modes leave, with nothing learned.

1. Energies: the sound is split into the bands of the noise by its Fourier transform. Folding a band's spectrum gives
   its analytic signal at the low rate of the frames, whose squared magnitude is the band's energy.
2. Decays: the logarithm of a band's energy falls along a line, before the delay it is a constant, and so it is once
   the band is silent. Least squares over every place of the two breaks, by cumulative sums; a break must explain more
   than chance would. Unless told so, the recording's noise is no silence: it is among what the modes leave.
3. Weights: the line's height at the delay is the mean of the logarithm, which stands below the logarithm of the mean
   by Euler's constant; unlike the mean it heeds no single peak that the modes may have left. Neighbouring bands
   overlap, so that the weights are those whose sum has the bands' energies.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from impactsound.physics.residual import QUIETEST, Residual, band_shapes, mel

RATE = 1000.0  # frames/s
CLIPS_AT_ONCE = 32  # bounds the memory, about 4 MB a clip of 100 bands
ENDS = 25  # places, evenly spread, at which a decay may end
SHORTEST = 8  # frames of a decay
STEP = math.log(4)  # nats by which a band's energy must rise at a delay
SPREAD = math.pi**2 / 6  # variance of the logarithm of an exponentially distributed energy ...
EULER = 0.5772  # ... whose mean lies below the logarithm of the mean by this
EVIDENCE = 6.0  # nats of likelihood that a break must add
ROUNDS = 10  # of parting neighbouring bands
TINY = 1e-20  # energy of silence


def estimate_residual(
    remainder: Tensor,
    bands: int,
    sample_rate: float,
    t60_range: Sequence[float],
    latest_delay: float,
    silence: float = QUIETEST,
) -> Residual:
    """The noise bands of what the modes leave.

    Args:
        remainder: the sound without its modes.
        bands: how many, as `noise_bands` splits the noise.
        t60_range: s, least and most; a band that does not decay has the most.
        latest_delay: s; 0 looks for none.
        silence: RMS of a band below which its decay may be over. At the level of the recording's noise, T60s are those
            of the impact alone; far below, as by default, the bands sound like impact and noise together.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, band]` each
    """
    if bands == 0:
        return Residual(*remainder.new_zeros(3, len(remainder), 0))
    clips = remainder.double().split(CLIPS_AT_ONCE)
    parts = [_estimate(part, bands, sample_rate, t60_range, latest_delay, silence) for part in clips]
    fields = zip(*((part.weight, part.delay, part.t60) for part in parts), strict=True)
    return Residual(*(torch.cat(values).to(remainder.dtype) for values in fields))


def _estimate(
    remainder: Tensor,
    bands: int,
    sample_rate: float,
    t60_range: Sequence[float],
    latest_delay: float,
    silence: float,
) -> Residual:
    """As `estimate_residual`, for clips at once."""
    energy = band_energies(remainder, bands, sample_rate)
    rate = sample_rate / _hop(sample_rate)
    shape = _filters(bands, _frequencies(remainder, sample_rate), sample_rate)
    width = shape.square().mean(-1) * (sample_rate / 2)  # Hz, [band]
    decay = find_decays(energy, (width / rate).clamp_max(1), round(latest_delay * rate), silence)
    per_frame = 2 * math.log(1000) / rate  # nats of energy that a T60 of 1 s loses
    t60 = (per_frame / (-decay.slope).clamp_min(TINY)).clamp(*t60_range)
    begin = (decay.begin - 0.5).clamp_min(0)  # the delay lies between two frames
    middle = (decay.begin + decay.end - 1) / 2
    level = torch.exp(decay.level + EULER + per_frame / t60 * (middle - begin))
    return Residual(_weights(level, remainder, sample_rate), begin / rate, t60)


def band_energies(sound: Tensor, bands: int, sample_rate: float) -> Tensor:
    """Mean square of the sound in each band about the time of each frame, RATE frames a second.

    The sound is continued by its mirror image, so that the bands' filters do not blur its start with silence.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, band, frame]`
    """
    hop = _hop(sample_rate)
    frames = -(-sound.shape[-1] // hop)
    sound = pad(sound, (0, frames * hop - sound.shape[-1]))
    spectrum = torch.fft.rfft(torch.cat([sound, sound.flip(-1)], dim=-1))  # [clip, bin], period 2 frames hop
    shape = _filters(bands, _frequencies(spectrum.real, sample_rate), sample_rate)
    spare = -spectrum.shape[-1] % (2 * frames)
    folds = pad(spectrum, (0, spare)).reshape(len(sound), -1, 2 * frames)
    shapes = pad(shape, (0, spare)).reshape(bands, -1, 2 * frames)
    folded = torch.complex(*(torch.einsum("cqk,bqk->cbk", part, shapes) for part in (folds.real, folds.imag)))
    analytic = torch.fft.ifft(folded)[..., :frames] * (2 / hop)
    return analytic.abs().square() / 2


@dataclass(frozen=True)
class Decays:
    """The falling part of each band's log energy.

    begin and end: its first frame and the one after its last; level: mean log energy in between; slope: nats a frame;
    each `[clip, band]`.
    """

    begin: Tensor
    end: Tensor
    level: Tensor
    slope: Tensor


def find_decays(energy: Tensor, independence: Tensor, latest: int, silence: float) -> Decays:
    """Where the decay of each band begins and ends, how loud it is and how fast it falls.

    Args:
        energy: `[clip, band, frame]`.
        independence: of a band's frames, the share that can be independent, `[band]`: its bandwidth over their rate.
        latest: frame at which a decay may begin at the latest.
        silence: RMS below which it may end.
    """
    n_frames = energy.shape[-1]
    log = energy.clamp_min(TINY).log()
    frame = torch.arange(n_frames, dtype=log.dtype, device=log.device)
    sums = pad(torch.stack([log, log.square(), log * frame]).cumsum(-1), (1, 0))  # of the frames before
    latest = max(0, min(latest, n_frames - SHORTEST))
    first = torch.arange(latest + 1, device=log.device)
    last = torch.linspace(SHORTEST, n_frames, ENDS, device=log.device).round().long()
    before, until = sums[..., first, None], sums[..., None, last]  # [sum, clip, band, first or 1, 1 or last]
    first, after = first[:, None], n_frames - last
    slope, level, left = _line(until - before, first, last)
    level_before, left_before = _constant(before, first)
    level_after, left_after = _constant(sums[..., -1:, None] - until, after)
    begins = (first == 0) | (level - slope * (last - first) / 2 - level_before > STEP)
    ends = (after == 0) | (level_after < 2 * math.log(silence))
    breaks = (first > 0).to(log) + (after > 0)
    cost = (left + left_before + left_after) / (2 * SPREAD) * independence[:, None, None] + EVIDENCE * breaks
    allowed = begins & ends & (last - first >= SHORTEST)
    best = torch.where(allowed, cost, torch.inf).flatten(-2).argmin(-1)
    row, column = torch.unravel_index(best, allowed.shape[-2:])
    level, slope = (values.flatten(-2).gather(-1, best[..., None])[..., 0] for values in (level, slope))
    return Decays(first[row, 0], last[column], level, slope)


def _line(sums: Tensor, first: Tensor, last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Least squares line through the frames from first until last: slope, mean and squared error.

    Args:
        sums: over those frames, of the values, their squares and their products with the frame's number.
    """
    count = (last - first).clamp_min(2).to(sums)
    value, square, product = sums
    spread = count * (count.square() - 1) / 12
    slope = (product - (first + last - 1) / 2 * value) / spread
    return slope, value / count, square - value.square() / count - slope.square() * spread


def _constant(sums: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
    """Mean of so many frames and squared error about it; 0 of none."""
    mean = sums[0] / count.clamp_min(1)
    return mean, sums[1] - mean * sums[0]


def _weights(level: Tensor, sound: Tensor, sample_rate: float) -> Tensor:
    """The weights with which the noise bands, stationary, have these mean squares through the bands' filters.

    The noise is white before its bands are weighted, so that its spectrum is the bands' shapes, weighted and added.
    """
    bands, frequency = level.shape[-1], _frequencies(sound, sample_rate)
    shape = band_shapes(bands, frequency, sample_rate)
    share = shape / shape.square().mean(-1, keepdim=True).sqrt()  # of a weight of 1, whose RMS is 1
    heard_as = _filters(bands, frequency, sample_rate).square() / len(frequency)
    weight = level.clamp_min(TINY).sqrt()
    for _ in range(ROUNDS):
        heard = (weight @ share).square() @ heard_as.T
        weight = weight * (level / heard.clamp_min(TINY)).sqrt()
    return weight


def _filters(bands: int, frequency: Tensor, sample_rate: float) -> Tensor:
    """Responses of the filters that the bands are heard through, `[band, bin]`: their own shapes.

    But the outermost ones, too, rise from 0 and fall to 0: cut off sharply, they would ring for long.
    """
    place = bands * mel(frequency, sample_rate)
    return band_shapes(bands, frequency, sample_rate) * (2 * torch.minimum(place, bands - place)).clamp(0, 1)


def _frequencies(like: Tensor, sample_rate: float) -> Tensor:
    """Frequencies from 0 to half the sample rate, in Hz, as many as there are last in a tensor."""
    return torch.linspace(0, sample_rate / 2, like.shape[-1], dtype=like.dtype, device=like.device)


def _hop(sample_rate: float) -> int:
    """Samples from one frame to the next."""
    return max(1, round(sample_rate / RATE))
