"""Modal estimation of a whole corpus, a batch at a time on every core, with progress."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor

from impactsound.errors import InputError
from impactsound.physics.estimate import estimate_modes, find_onset
from impactsound.physics.modes import Modes
from impactsound.progress import progress

BATCH = 16
FIELDS = ("frequency", "power", "decay", "phase")


def estimate_clips(
    sound: Tensor, clips: Sequence[str], sample_rate: float, max_modes: int, workers: int
) -> tuple[Modes, Tensor]:
    """The modes of every clip, `[clip, mode]`, and its onset in s, `[clip]`, of sounds `[clip, time]`.

    They are the same whatever the number of workers.

    The matrices of a clip are small, so that cores are better spent on a batch each than together on one.

    Raises:
        InputError: naming the first clip whose sound is not finite.
    """
    for clip, finite in zip(clips, sound.isfinite().all(-1).tolist(), strict=True):
        if not finite:
            raise InputError(f"clip {clip}: its sound has samples that are not numbers; leave its video out")
    batches = sound.split(BATCH)
    estimate = partial(estimate_modes, sample_rate=sample_rate, max_modes=max_modes)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            parts = list(progress(pool.map(estimate, batches), "modes", len(batches)))
    finally:
        torch.set_num_threads(threads)
    modes = Modes(*(torch.cat([getattr(part, field) for part in parts]) for field in FIELDS))
    return modes, find_onset(sound, sample_rate)
