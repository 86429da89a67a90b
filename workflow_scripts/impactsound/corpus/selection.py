"""What later stages ask of a manifest, or of the rows of one split: the clips, their class numbers and their videos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from impactsound.corpus.table import load
from impactsound.errors import InputError


def clips_of(path: str | Path) -> list[str]:
    """Ids of the clips, in the file's order."""
    return load(path)["clip"].tolist()


def materials_of(path: str | Path, clips: Sequence[str]) -> list[str]:
    """The materials of the clips."""
    return load(path).set_index("clip")["material"][list(clips)].tolist()


def labels_of(path: str | Path, clips: Sequence[str], materials: Sequence[str]) -> np.ndarray:
    """Class numbers of the clips, int64 `[clip]`: the places of their materials in `materials`.

    Raises:
        InputError: naming the first clip whose material is not among them.
    """
    number = {name: place for place, name in enumerate(materials)}
    found = materials_of(path, clips)
    for clip, name in zip(clips, found, strict=True):
        if name not in number:
            raise InputError(f"{path}: clip {clip} is of {name!r}, which corpus.materials does not list")
    return np.asarray([number[name] for name in found], dtype=np.int64)


def videos_of(path: str | Path, clips: Sequence[str]) -> np.ndarray:
    """Names of the clips' videos, `[clip]`."""
    return load(path).set_index("clip")["video"][list(clips)].to_numpy(dtype=str)
