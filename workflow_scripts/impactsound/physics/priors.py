"""The physics priors of clips, read from their files and scaled for the networks."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from impactsound import store
from impactsound.config import Clip
from impactsound.physics.modes import Modes
from impactsound.physics.parametrisation import Parametrisation
from impactsound.physics.residual import Residual
from impactsound.physics.slots import normalise as normalise_slots


def read_modes(path: str | Path, clips: Sequence[str]) -> tuple[Modes, Tensor]:
    """Modes `[clip, mode]`, whose powers and phases are those at the onset, and the onset `[clip]`, in s, of clips."""
    *fields, onset = store.read(path, "modes/2", "frequency", "power", "decay", "phase", "onset", clip=clips)
    return Modes(*map(torch.from_numpy, fields)), torch.from_numpy(onset)


def read_priors(slots: str | Path, residual: str | Path, clips: Sequence[str], clip: Clip) -> tuple[Tensor, Tensor]:
    """Slots `[clip, 3, bin]` in [-1, 1], and the residual's learned parameters `[clip, kind, band]` in [0, 1]."""
    (modal,) = store.read(slots, "slots/1", "slots", clip=clips)
    with store.open(residual, "residual/2") as file:
        settings = json.loads(file.attrs["config"])
        rows = store.rows(file, clips)
        bands = Residual(*(torch.from_numpy(file[field][:][rows]) for field in ("weight", "delay", "t60")))
    scales = Parametrisation.of(settings["parametrisation"], settings["t60_range"], settings["latest_delay"])
    return normalise_slots(torch.from_numpy(modal), clip), scales.shares(bands)
