"""What later stages ask of a manifest: the clips of a split, their class numbers and their videos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from impactsound.corpus.manifest import load
from impactsound.errors import InputError


def split_of(path: str | Path, split: str) -> list[str]:
    """Ids of the clips of a split, in the manifest's order.

    Raises:
        InputError: if there are none.
    """
    table = load(path)
    clips = table["clip"][table["split"] == split].tolist()
    if not clips:
        raise InputError(f"{path}: has no {split} clip; add videos, or change corpus.validation or corpus.test")
    return clips


def labels_of(path: str | Path, clips: Sequence[str], materials: Sequence[str]) -> np.ndarray:
    """Class numbers of the clips, int64 `[clip]`: the places of their materials in `materials`.

    Raises:
        InputError: naming the first clip whose material is not among them.
    """
    material = load(path).set_index("clip")["material"][list(clips)]
    number = {name: place for place, name in enumerate(materials)}
    for clip, name in material.items():
        if name not in number:
            raise InputError(f"{path}: clip {clip} is of {name!r}, which corpus.materials does not list")
    return material.map(number).to_numpy(dtype=np.int64)


def videos_of(path: str | Path, clips: Sequence[str]) -> np.ndarray:
    """Names of the clips' videos, `[clip]`."""
    return load(path).set_index("clip")["video"][list(clips)].to_numpy(dtype=str)
