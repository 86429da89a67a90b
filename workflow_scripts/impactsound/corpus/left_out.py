"""The rows of each split, less what is to be left out of training: materials, and things above a size.

What a system does with things unlike any that it was trained on is seen on the test split, which keeps all.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from impactsound import store
from impactsound.errors import InputError

SPLITS = ("train", "validation", "test")


def splits(manifest: pd.DataFrame, out: pd.Series) -> dict[str, pd.DataFrame]:
    """The manifest's rows of every split.

    Args:
        out: which rows are not to be trained or validated on.

    Raises:
        InputError: if nothing is left of a split.
    """
    rows = {name: manifest[(manifest["split"] == name) & ~(out & (name != "test"))] for name in SPLITS}
    for name, found in rows.items():
        if found.empty:
            raise InputError(
                f"no {name} clip is left; add videos, or change corpus.validation, corpus.test or left_out"
            )
    return rows


def is_left_out(
    manifest: pd.DataFrame,
    materials: Sequence[str] = (),
    larger_than: float | None = None,
    truth: str | Path | None = None,
) -> pd.Series:
    """Which rows of a manifest are of things of one of the materials, or larger than a size in m, bool.

    Args:
        truth: the folder of a simulated corpus's `<video>_truth.h5`, which tell the sizes.

    Raises:
        InputError: if sizes are asked for that nobody knows.
    """
    out = manifest["material"].isin(list(materials))
    if larger_than is None:
        return out
    if not truth:
        raise InputError("left_out.larger_than: sizes are known of a simulated corpus alone; set it to null")
    return out | (manifest["video"].map(sizes(manifest["video"].unique(), truth)) > larger_than)


def sizes(videos: Sequence[str], truth: str | Path) -> dict[str, float]:
    """The size of what is struck in each video: the geometric mean of its length and its width, m."""
    found = {}
    for video in videos:
        with store.open(Path(truth) / f"{video}_truth.h5", "truth/1") as file:
            found[video] = float(file.attrs["along"] * file.attrs["across"]) ** 0.5
    return found
