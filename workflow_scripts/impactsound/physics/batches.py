"""Modal estimation of a whole corpus, with progress: a batch at a time on every core, or on a GPU."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import torch
from torch import Tensor

from impactsound.errors import InputError
from impactsound.physics.estimate import estimate_modes, find_onset
from impactsound.physics.modes import Modes
from impactsound.progress import progress

BATCH = {"cpu": 16, "cuda": 256}
FIELDS = ("frequency", "power", "decay", "phase")


def estimate_clips(
    sound: Tensor, clips: Sequence[str], sample_rate: float, max_modes: int, workers: int, device: str = "cpu"
) -> tuple[Modes, Tensor]:
    """The modes of every clip, `[clip, mode]`, and its onset in s, `[clip]`, of sounds `[clip, time]`, on the CPU.

    They are the same whatever the number of workers.

    Args:
        workers: threads on a CPU.
        device: where modes are estimated.

    Raises:
        InputError: naming the first clip whose sound is not finite.
    """
    for clip, finite in zip(clips, sound.isfinite().all(-1).tolist(), strict=True):
        if not finite:
            raise InputError(f"clip {clip}: its sound has samples that are not numbers; leave its video out")
    batches = sound.split(BATCH[torch.device(device).type])
    estimate = partial(estimate_modes, sample_rate=sample_rate, max_modes=max_modes)
    found = (
        _on_cores(estimate, batches, workers) if device == "cpu" else (estimate(part.to(device)) for part in batches)
    )
    parts = list(progress(found, "modes", len(batches)))
    modes = Modes(*(torch.cat([getattr(part, field).cpu() for part in parts]) for field in FIELDS))
    return modes, find_onset(sound, sample_rate)


def _on_cores(fn: Callable[[Tensor], Modes], batches: Sequence[Tensor], workers: int) -> Iterator[Modes]:
    """Yield `fn` of each batch; matrices are small, so that cores are better spent on a batch each than on one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield from pool.map(fn, batches)
    finally:
        torch.set_num_threads(threads)
