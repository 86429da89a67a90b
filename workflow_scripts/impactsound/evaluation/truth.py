"""The true modes in each clip of a simulated corpus, as its sound was cut and scaled.

A video's `<id>_truth.h5` holds the modes of every hit re the video's full scale. A clip was cut at its hit's onset, to
the nearest sample, and divided by its peak; what earlier hits left ringing is still in it. Every hit of a video rings
the same modes, each in its own slot, so that the hits so far make one damped sinusoid a slot: the sum of theirs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from impactsound import store
from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.media.window import first_sample
from impactsound.physics.modes import Modes

EMPTY = {"frequency": 0.0, "power": -math.inf, "decay": 0.0, "phase": 0.0}
APART = 1e-5  # s between a hit's onset in the manifest and in the truth; the times are rounded to 1e-6 s


@dataclass(frozen=True)
class Truth:
    """The hits of videos.

    onset: s from the video's start, `[video, hit]`, infinite where a video has fewer hits. modes: at that onset, re the
    video's full scale, `[video, hit, mode]`.
    """

    onset: Tensor
    modes: Modes


def true_modes(rows: pd.DataFrame, folder: str | Path, clip: Clip, peak: Tensor, start: Tensor) -> Modes:
    """What rings in each clip `start` s into it, `[clip, mode]`, re the clip's full scale.

    Args:
        rows: of a manifest, a clip each: `clip`, `video` and `onset` in s.
        folder: where each video's `<video>_truth.h5` lies.
        peak: what the clip's sound was divided by, `[clip]`; 0 where it is silent.
        start: s from the clip's first sample, `[clip]`.

    Raises:
        InputError: naming the file that is absent, or that has no hit at a clip's onset.
    """
    videos = rows["video"].drop_duplicates().tolist()
    paths = [Path(folder) / f"{video}_truth.h5" for video in videos]
    truth = read_truth(paths)
    video = torch.tensor(pd.Index(videos).get_indexer(rows["video"]))
    onset = torch.tensor(rows["onset"].tolist(), dtype=torch.float64)
    far = (truth.onset[video] - onset[:, None]).abs().amin(-1) > APART
    for place in far.nonzero().flatten().tolist():
        raise InputError(
            f"{paths[video[place]]}: has no hit at {onset[place]:.6f} s, where clip {rows['clip'].iloc[place]} begins; "
            "simulate the corpus again"
        )
    cut = torch.tensor([first_sample(time, clip) for time in onset.tolist()], dtype=torch.float64) / clip.sample_rate
    elapsed = (cut + start.double())[:, None] - truth.onset[video]
    heard = truth.onset[video] <= onset[:, None] + APART
    hits = Modes(*(getattr(truth.modes, field)[video] for field in EMPTY))
    return _sum(hits, torch.where(heard, elapsed, math.inf), 1 / peak.double())


def read_truth(paths: Sequence[str | Path]) -> Truth:
    """The truth of videos, from a `truth/1` file each.

    Raises:
        InputError: naming the file that is absent or of another kind.
    """
    found = [_read(path) for path in paths]
    hits, modes = (max(fields.shape[axis] for _, fields in found) for axis in (1, 2))
    onset = torch.full((len(found), hits), math.inf, dtype=torch.float64)
    whole = torch.tensor(list(EMPTY.values()), dtype=torch.float64)[:, None, None, None]
    whole = whole.repeat(1, len(found), hits, modes)
    for video, (times, fields) in enumerate(found):
        onset[video, : len(times)] = times
        whole[:, video, : fields.shape[1], : fields.shape[2]] = fields
    return Truth(onset, Modes(*whole))


def _read(path: str | Path) -> tuple[Tensor, Tensor]:
    """Onsets `[hit]` and fields of modes `[field, hit, mode]` of one video."""
    with store.open(path, "truth/1") as file:
        onset, *fields = (torch.from_numpy(file[name][:]).double() for name in ("onset", *EMPTY))
    return onset, torch.stack(fields)


def _sum(hits: Modes, elapsed: Tensor, gain: Tensor) -> Modes:
    """The modes of all hits as one, `[clip, mode]`.

    Args:
        hits: `[clip, hit, mode]`; a mode has the same frequency and decay at every hit, but 0 where it is left alone.
        elapsed: s since each hit, `[clip, hit]`; infinite where it is not heard.
        gain: of each clip, `[clip]`.
    """
    heard = elapsed.isfinite()[..., None]
    time = torch.where(heard, elapsed[..., None], 0.0)
    size = torch.where(heard, hits.amplitude * torch.exp(-hits.decay * time), 0.0)
    turn = hits.phase + 2 * math.pi * hits.frequency * time
    total = torch.polar(size, turn).sum(1) * gain[:, None]
    used = (total.abs() > 0) & total.abs().isfinite()
    fields = (hits.frequency.amax(1), 20 * total.abs().log10(), hits.decay.amax(1), total.angle())
    return Modes(*(torch.where(used, field, empty) for field, empty in zip(fields, EMPTY.values(), strict=True)))
