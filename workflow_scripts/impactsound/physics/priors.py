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


def read_slots(path: str | Path, clips: Sequence[str], clip: Clip) -> Tensor:
    """The modes of clips as slots `[clip, 3, bin]`, in [-1, 1]."""
    (modal,) = store.read(path, "slots/1", "slots", clip=clips)
    return normalise_slots(torch.from_numpy(modal), clip)


def read_residual(path: str | Path, clips: Sequence[str]) -> Tensor:
    """The residual's learned parameters of clips, `[clip, kind, band]` in [0, 1]."""
    with store.open(path, "residual/2") as file:
        settings = json.loads(file.attrs["config"])
        rows = store.rows(file, clips)
        bands = Residual(*(torch.from_numpy(file[field][:][rows]) for field in ("weight", "delay", "t60")))
    scales = Parametrisation.of(settings["parametrisation"], settings["t60_range"], settings["latest_delay"])
    return scales.shares(bands)


def read_rendered(path: str | Path, clips: Sequence[str]) -> Tensor:
    """The sound that the modes and residual of clips give, `[clip, time]`."""
    return torch.from_numpy(store.read(path, "rendered/1", "sound", clip=clips)[0])
