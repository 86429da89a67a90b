"""The vocoder's table: how near Griffin-Lim comes to sounds whose true waveforms are known, by start and iterations.

Columns: `error`, the standard deviation of the noise on the log spectrogram that is asked for, in its range of -1 to 1,
as a generated one is not the spectrogram of any sound; `start`; `iterations`; `convergence_db`, the spectral
convergence of the found sound to the spectrogram asked for, in dB; `correlation` of the found waveform with the true
one, at no lag; of both the standard error, `_se`; `n` clips; `chosen`, whether these are the fewest iterations that
come within `ENOUGH` dB of the best of their error and start.

Conventions: the figures are means over clips, the convergence's of dB, which are no less than `LOWEST`. A standard
error takes the clips of a group, such as those of one object, to vary together; that of one group is empty.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.seeds import normal
from impactsound.vocoder.griffin_lim import MOMENTUM, sounds, spectral_convergence
from impactsound.vocoder.spectrogram import log_spectrogram, magnitude, stft

ITERATIONS = (0, 1, 2, 4, 8, 16, 32, 64)
ERRORS = (0.0, 0.02)  # of the log spectrogram
ENOUGH = 0.5  # dB
LOWEST = -120.0  # dB: about the rounding of single precision
BATCH = 64  # clips at a time: bounds the memory


def vocoder_table(
    sound: Tensor,
    starts: Mapping[str, Tensor],
    clip: Clip,
    clips: Sequence[str],
    group: Sequence[str],
    seed: int,
    iterations: Sequence[int] = ITERATIONS,
    errors: Sequence[float] = ERRORS,
    momentum: float = MOMENTUM,
) -> pd.DataFrame:
    """A row an error, start and number of iterations.

    Args:
        sound: the true waveforms; one that is silent, and none at all, are a ValueError.
        starts: phases in rad by the name of the start.
        clips: ids, by which the noise is drawn; group: what each clip belongs to, such as its video.

    Shape:
        - Input: `[clip, time]`, `[clip, bin, step]` each or what broadcasts to it, `[clip]`, `[clip]`
    """
    if len(sound) == 0 or not sound.any(-1).all():
        raise ValueError("no sound, and a silent one, have no spectral convergence")
    table = []
    for error in errors:
        wanted = disturbed(sound, clip, clips, error, seed)
        for start, phase in starts.items():
            rows = [
                {"error": error, "start": start, "iterations": count, **_figures(*near, group)}
                for count, *near in progression(sound, wanted, phase.expand_as(wanted), clip, iterations, momentum)
            ]
            table += _chosen(rows)
    return pd.DataFrame(table)


def disturbed(sound: Tensor, clip: Clip, clips: Sequence[str], error: float, seed: int) -> Tensor:
    """The STFT magnitude of the sounds, `[clip, bin, step]`, their log spectrograms with white noise of an error."""
    noise = normal((clip.n_bins, clip.n_steps), list(clips), seed, "vocoder error").to(sound)
    return magnitude((log_spectrogram(sound, clip) + error * noise).clamp(-1, 1), clip)


def progression(
    sound: Tensor, wanted: Tensor, phase: Tensor, clip: Clip, iterations: Sequence[int], momentum: float
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """After each number of iterations, the number, the convergence in dB and the correlation of clips.

    Shape:
        - Input: `[clip, time]`, `[clip, bin, step]`, `[clip, bin, step]`
        - Output: a number, `[clip]`, `[clip]`
    """
    batches = zip(*(values.split(BATCH) for values in (sound, wanted, phase)), strict=True)
    near = torch.cat([torch.stack(list(_near(*batch, clip, set(iterations), momentum)), -1) for batch in batches], 1)
    for count, (convergence, correlation) in zip(sorted(set(iterations)), near.unbind(-1), strict=True):
        yield count, convergence, correlation


def correlate(sound: Tensor, other: Tensor) -> Tensor:
    """The normalised correlation of waveforms at no lag, in [-1, 1]; 0 if one is silent.

    Shape:
        - Input: `[..., time]` each
        - Output: `[...]`

    >>> tone = torch.tensor([1.0, -1.0, 1.0, -1.0])
    >>> correlate(tone, torch.stack([3 * tone, -tone, tone.abs(), 0 * tone])).tolist()
    [1.0, -1.0, 0.0, 0.0]
    """
    norms = sound.norm(dim=-1) * other.norm(dim=-1)
    return (sound * other).sum(-1) / norms.clamp_min(torch.finfo(norms.dtype).tiny)


def standard_error(values: np.ndarray, group: Sequence[str]) -> float:
    """Of the mean of values `[clip]` that vary together within a group; nan of a single group.

    It is the root of the sum over groups of their squared sums of deviations (Liang & Zeger 1986), which for groups of
    one is the common one.

    >>> round(standard_error(np.array([1.0, 2.0, 3.0]), "abc") * 3**0.5, 6)
    1.0
    """
    names, place = np.unique(list(group), return_inverse=True)
    if len(names) < 2:
        return math.nan
    together = np.bincount(place, weights=values - values.mean())
    return float(np.sqrt(np.square(together).sum() * len(names) / (len(names) - 1)) / len(values))


def _near(
    sound: Tensor, wanted: Tensor, phase: Tensor, clip: Clip, iterations: set[int], momentum: float
) -> Iterator[Tensor]:
    """Convergence in dB and correlation, `[2, clip]`, after each number of iterations, in order."""
    for count, found in enumerate(islice(sounds(wanted, clip, phase, momentum), max(iterations) + 1)):
        if count in iterations:
            convergence = 20 * spectral_convergence(stft(found, clip).abs(), wanted).log10()
            yield torch.stack([convergence.clamp_min(LOWEST), correlate(found, sound)])


def _figures(convergence: Tensor, correlation: Tensor, group: Sequence[str]) -> dict[str, float]:
    """The columns of a row from the figures of its clips."""
    columns = {}
    for name, values in (("convergence_db", convergence), ("correlation", correlation)):
        array = values.double().cpu().numpy()
        columns |= {name: float(array.mean()), f"{name}_se": standard_error(array, group)}
    return columns | {"n": len(group)}


def _chosen(rows: list[dict]) -> list[dict]:
    """The rows of a start, in the order of iterations, with the fewest marked that are enough."""
    least = min(row["convergence_db"] for row in rows) + ENOUGH
    first = next(row["iterations"] for row in rows if row["convergence_db"] <= least)
    return [row | {"chosen": row["iterations"] == first} for row in rows]
