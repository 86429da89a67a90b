"""The physics table: how true the modes are and how near modes and residual come to the sound, by material.

Columns: `material` ("all" in the last row), `n` clips; of the modes against the true ones `recall`, `frequency_error`
(Hz), `t60_error` (re the true T60), `power_error` (dB), `spurious`; of the sounds rebuilt from the modes alone and from
modes and residual `convergence_modes`, `convergence_both`, `log_distance_modes`, `log_distance_both`.

Conventions: the modal columns are pooled over the clips of a row, and empty where no truth is known or none of it
counts; the rest are means over clips. What counts of the truth is what the recording can show: `COUNTED` dB of the
clip's loudest mode or less under it, ringing for `SHORTEST` or longer, below `PASSED` of the sample rate.
"""

import math
from dataclasses import asdict

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.evaluation.modal import match_modes, modal_scores
from impactsound.evaluation.reconstruction import log_magnitude_l1, spectral_convergence
from impactsound.physics.modes import Modes

COUNTED = 30.0  # dB under the loudest true mode of the clip
SHORTEST = 0.02  # s of T60
PASSED = 0.45  # of the sample rate: what lies above is taken by the resampling to it
BATCH = 64  # clips compared at a time: bounds the memory
MODAL = ("recall", "frequency_error", "t60_error", "power_error", "spurious")
DISTANCES = {"convergence": spectral_convergence, "log_distance": log_magnitude_l1}


def physics_table(
    material: np.ndarray, sound: Tensor, rebuilt: dict[str, Tensor], found: Modes, truth: Modes | None, clip: Clip
) -> pd.DataFrame:
    """A row a material, and one for all clips.

    Args:
        material: of each clip; sound: as recorded; rebuilt: from the `modes` and from `both`, modes and residual;
        found: the estimated modes; truth: the true ones at the same time, None where they are not known.

    Shape:
        - Input: `[clip]`, `[clip, time]` each, `[clip, mode]` and `[clip, true mode]`
    """
    near = distances(sound, rebuilt, clip)
    if truth is not None:
        truth = audible(truth, clip)
        index = matches(truth, found, clip)
    table = []
    for name, rows in _groups(material).items():
        modal = dict.fromkeys(MODAL, math.nan)
        if truth is not None:
            modal = _scores(_at(truth, rows), _at(found, rows), index[rows], clip)
        means = {column: values[rows].double().mean().item() for column, values in near.items()}
        table.append({"material": name, "n": len(rows), **modal, **means})
    return pd.DataFrame(table)


def distances(sound: Tensor, rebuilt: dict[str, Tensor], clip: Clip) -> dict[str, Tensor]:
    """The distance of every kind between the sound and each that was rebuilt, `[clip]` by column.

    They are taken at the clip's STFT window, its half and its quarter.
    """
    sizes = (clip.n_fft // 4, clip.n_fft // 2, clip.n_fft)
    return {
        f"{kind}_{name}": torch.cat(
            [distance(*pair, sizes) for pair in zip(sound.split(BATCH), other.split(BATCH), strict=True)]
        )
        for kind, distance in DISTANCES.items()
        for name, other in rebuilt.items()
    }


def audible(truth: Modes, clip: Clip) -> Modes:
    """The truth without the modes above half the clip's sample rate, their slots being unused."""
    there = truth.frequency < clip.sample_rate / 2
    power = torch.where(there, truth.power, -torch.inf)
    return Modes(truth.frequency, power, truth.decay, truth.phase)


def counted(truth: Modes, clip: Clip) -> Tensor:
    """Which true modes must be found, bool `[clip, mode]`."""
    passed = (truth.frequency < PASSED * clip.sample_rate) & (truth.power > -torch.inf)
    loudest = torch.where(passed, truth.power, -torch.inf).amax(-1, keepdim=True)
    return passed & (truth.power >= loudest - COUNTED) & (truth.t60 >= SHORTEST)


def matches(truth: Modes, found: Modes, clip: Clip) -> Tensor:
    """The found mode of each true one, `[clip, mode]`, -1 for none.

    The poles may be apart by as much as the clip resolves, and by half their own width.
    """
    tolerance = 1 / clip.duration + truth.decay / (4 * math.pi)
    batches = torch.arange(len(tolerance)).split(BATCH)
    return torch.cat([match_modes(_at(truth, rows), _at(found, rows), tolerance[rows]) for rows in batches])


def _scores(truth: Modes, found: Modes, index: Tensor, clip: Clip) -> dict[str, float]:
    wanted = counted(truth, clip)
    if not wanted.any():
        return dict.fromkeys(MODAL, math.nan)
    return asdict(modal_scores(truth, found, index, wanted))


def _groups(material: np.ndarray) -> dict[str, Tensor]:
    """The clips of every material by name, and of all."""
    groups = {name: torch.from_numpy(np.flatnonzero(material == name)) for name in np.unique(material)}
    return groups | {"all": torch.arange(len(material))}


def _at(modes: Modes, rows: Tensor) -> Modes:
    return Modes(*(field[rows] for field in (modes.frequency, modes.power, modes.decay, modes.phase)))
