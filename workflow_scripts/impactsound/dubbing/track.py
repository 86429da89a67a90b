"""The track of a dubbed video: its hits and, if wanted, the sound that it had, mixed into a WAV block by block.

A hit changes the samples that it sounds in and, where the sum has to be limited, those within `LOOK` of them; all the
others have the same bits whatever it does. Memory is that of a block and of the hits that sound in it.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from impactsound.dubbing.limiter import limited
from impactsound.files import atomic
from impactsound.media.ffmpeg import channel_blocks, sound_format

BLOCK = 1 << 16  # samples
SUBTYPE = "PCM_24"
LOOK = 0.010  # seconds on either side of a peak within which the limiter may act
HEADROOM = -6.0  # dB; two hits at once add to full scale
HIGHEST = 192_000  # Hz; a file that says more has no more to be heard
LARGEST = (1 << 32) - (1 << 16)  # bytes that a WAV can tell of; a larger file is an RF64

Hit = tuple[float, np.ndarray, float]  # time in s, sound [time], strength in dB


def write_track(
    path: str | Path,
    hits: Iterable[Hit],
    duration: float,
    sample_rate: int,
    gain: float = HEADROOM,
    original: str | Path | None = None,
) -> None:
    """Write a 24-bit WAV of hits; the same hits give the same bytes.

    It has one channel and the hits' sample rate; with an original, that one's channels, two at most, and the higher of
    both rates, so that nothing of it is lost. What exceeds full scale is limited, see `impactsound.dubbing.limiter`.

    Args:
        hits: rising in time; each sound ends in silence (`impactsound.media.fade.faded`). Taken one by one as they are
            needed; what lies before 0 or after the end is cut.
        duration: of the track, in seconds.
        sample_rate: Hz, of the hits' sounds.
        gain: dB on every hit and not on the original, e.g. of `fitting_gain`.
        original: a video or sound file to be mixed in.

    Raises:
        InputError: if the original is absent, has no sound, or breaks off.
        ValueError: if the hits are not in order, or a sound has samples that are not numbers.
    """
    rate, channels, recorded = sample_rate, 1, ()
    if original is not None:
        own_rate, own_channels = sound_format(original)
        rate, channels = max(rate, min(own_rate, HIGHEST)), min(own_channels, 2)
        recorded = channel_blocks(original, rate, channels)
    n_samples = round(duration * rate)
    ground = lasting(recorded, n_samples, channels)
    blocks = limited(mixed(ground, placed(hits, sample_rate, rate, gain)), max(round(LOOK * rate / 2), 1))
    container = "WAV" if 3 * channels * n_samples < LARGEST else "RF64"
    with (
        atomic(path) as partial,
        soundfile.SoundFile(partial, "w", rate, channels, SUBTYPE, format=container) as file,
    ):
        for block in blocks:
            file.write(block)


def placed(hits: Iterable[Hit], sample_rate: int, rate: int, gain: float) -> Iterator[tuple[int, np.ndarray]]:
    """The first sample in the track and the sound, float64 `[time]`, at the track's rate and level, of every hit."""
    before = -math.inf
    for time, sound, strength in hits:
        if time < before:
            raise ValueError(f"a hit at {time} s follows one at {before} s; sort them by time")
        if not np.isfinite(sound).all():
            raise ValueError(f"the sound of the hit at {time} s has samples that are not numbers")
        before = time
        sound = np.asarray(sound, float) * 10 ** ((gain + strength) / 20)
        yield round(time * rate), sound if rate == sample_rate else resample_poly(sound, rate, sample_rate)


def mixed(ground: Iterable[np.ndarray], hits: Iterator[tuple[int, np.ndarray]]) -> Iterator[np.ndarray]:
    """Blocks `[time, channel]` with the hits added to all channels alike, in the hits' order, as float64."""
    start, sounding, coming = 0, [], next(hits, None)
    for block in ground:
        block = block.astype(float)
        end = start + len(block)
        while coming is not None and coming[0] < end:
            sounding.append(coming)
            coming = next(hits, None)
        for at, sound in sounding:
            low, high = max(at, start), min(at + len(sound), end)
            if low < high:
                block[low - start : high - start] += sound[low - at : high - at, None]
        sounding = [(at, sound) for at, sound in sounding if at + len(sound) > end]
        yield block
        start = end


def lasting(blocks: Iterable[np.ndarray], n_samples: int, channels: int) -> Iterator[np.ndarray]:
    """Blocks `[time, channel]`, cut at, or continued by silence to, a number of samples.

    >>> [len(block) for block in lasting([np.ones((3, 1)), np.ones((3, 1))], 5, 1)]
    [3, 2]
    """
    left = n_samples
    for block in blocks:
        yield block[:left]
        left -= len(block)
        if left <= 0:
            return
    for at in range(0, left, BLOCK):
        yield np.zeros((min(BLOCK, left - at), channels))


def fitting_gain(peaks: Iterable[float]) -> float:
    """The gain in dB for a first dub: -6, and lower where a single hit would exceed full scale, in steps of 0.1 dB.

    Only hits that sound at once can then exceed it, and are limited where they do. A gain is to be kept when hits are
    edited, or an edit of one would change the level of all.

    Args:
        peaks: the largest magnitude of every hit's sound, its strength included; full scale being 1.

    >>> fitting_gain([1.0, 0.5]), fitting_gain([10.0]), fitting_gain([])
    (-6.0, -20.0, -6.0)
    """
    loudest = max(peaks, default=0.0)
    return HEADROOM if loudest == 0 else min(HEADROOM, math.floor(round(-200 * math.log10(loudest), 6)) / 10)
