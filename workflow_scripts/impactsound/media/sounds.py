"""Sounds of a system: one HDF5 file for the next stage, and a wav a clip for the ear."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

from impactsound import store
from impactsound.files import atomic


def write_sounds(
    path: str | Path,
    folder: str | Path,
    clips: Sequence[str],
    sound: np.ndarray,
    sample_rate: int,
    source: Mapping,
    matched: Sequence[str],
) -> None:
    """Write `sounds/1` (clip, sound, matched) and `<folder>/<clip>.wav`.

    Args:
        matched: the training clip that each sound's physics came from; "" where there is none.

    Shape:
        - sound: `[clip, time]`
    """
    with store.create(path, "sounds/1", {"sample_rate": sample_rate}, source) as file:
        store.write_clips(file, clips)
        file.create_dataset("sound", data=sound.astype(np.float32))
        store.write_names(file, "matched", matched)
    for clip, samples in zip(clips, sound, strict=True):
        with atomic(Path(folder) / f"{clip}.wav") as partial:
            soundfile.write(partial, np.clip(samples, -1, 1), sample_rate, subtype="PCM_16")
