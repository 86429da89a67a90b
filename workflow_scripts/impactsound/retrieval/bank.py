"""The bank: the training impacts, looked up by what is seen.

The sound of an unseen video is asked for by its visual latent, and the nearest training impact answers with its physics
(Su et al. 2023: Euclidean distance, one neighbour); or the nearest few do, the nearer the more. `retrieval.index` finds
them.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.special import softmax

from impactsound import store

RANKED = 10  # neighbours that are noted, whether blended or not
TINY = 1e-9


def blend_weights(distance: np.ndarray, how: str, temperature: float, scale: float) -> np.ndarray:
    """Share of each neighbour in a blend; they add up to 1.

    Args:
        how: "softmax" of the negative distances, or "uniform".
        temperature: in units of `scale`, the bank's spacing, `Index.spacing`.

    Shape:
        - Input, output: `[query, k]`

    >>> blend_weights(np.array([[1.0, 1.0 + np.log(3)]]), "softmax", 0.5, 2.0).round(2).tolist()
    [[0.75, 0.25]]
    """
    if how == "uniform":
        return np.full(distance.shape, 1 / distance.shape[1], dtype=np.float32)
    return softmax(-distance / (temperature * max(scale, TINY)), axis=1).astype(np.float32)


def matched(path: str | Path, clips: Sequence[str]) -> list[str]:
    """The training clip that looks most like each clip."""
    with store.open(path, "matches/1") as file:
        return list(file["matched"].asstr()[:][store.rows(file, clips)])


def neighbours(path: str | Path, clips: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The training clips that look most like each clip, nearest first, and their weights, float32.

    Of the first `RANKED` that are noted, those beyond the ones that are blended have the weight 0.

    Shape:
        - Output: `[clip, k]`, `[clip, k]`
    """
    with store.open(path, "matches/1") as file:
        rows = store.rows(file, clips)
        return file["neighbours"].asstr()[:][rows], file["weight"][:][rows]
