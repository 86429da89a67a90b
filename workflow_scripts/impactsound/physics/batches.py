"""Modal estimation of a whole corpus, a batch at a time, with progress."""

from collections.abc import Sequence

import torch
from torch import Tensor

from impactsound.errors import InputError
from impactsound.physics.estimate import estimate_modes
from impactsound.physics.modes import Modes
from impactsound.progress import progress

BATCH = 16


def estimate_clips(sound: Tensor, clips: Sequence[str], sample_rate: float, max_modes: int) -> Modes:
    """The modes of every clip, `[clip, mode]`, of sounds `[clip, time]`.

    Raises:
        InputError: naming the first clip whose sound is not finite.
    """
    for clip, finite in zip(clips, sound.isfinite().all(-1).tolist(), strict=True):
        if not finite:
            raise InputError(f"clip {clip}: its sound has samples that are not numbers; leave its video out")
    parts = [estimate_modes(part, sample_rate, max_modes) for part in progress(sound.split(BATCH), "modes")]
    fields = ("frequency", "power", "decay", "phase")
    return Modes(*(torch.cat([getattr(part, field) for part in parts]) for field in fields))
