"""The bank: the training impacts, looked up by what is seen.

The sound of an unseen video is asked for by its visual latent; the nearest training impact answers with its physics
(Su et al. 2023: Euclidean distance, one neighbour).
"""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from impactsound import store
from impactsound.errors import InputError


def nearest(keys: np.ndarray, queries: np.ndarray, k: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Exact Euclidean neighbours, nearest first.

    Args:
        keys: the bank's visual latents; queries: those asked for.

    Returns:
        distances and rows of `keys`.

    Shape:
        - Input: `[entry, latent]`, `[query, latent]`
        - Output: `[query, k]`, `[query, k]`

    Raises:
        ValueError: if the bank has fewer than k entries.

    >>> keys = np.array([[0.0, 0.0], [3.0, 4.0]])
    >>> distance, row = nearest(keys, np.array([[0.0, 1.0]]), k=2)
    >>> row.tolist(), distance.astype(int).tolist()
    ([[0, 1]], [[1, 4]])
    """
    if len(keys) < k:
        raise ValueError(f"the bank has {len(keys)} entries, {k} neighbours were asked for")
    index = faiss.IndexFlatL2(keys.shape[1])
    index.add(np.ascontiguousarray(keys, dtype=np.float32))
    squared, rows = index.search(np.ascontiguousarray(queries, dtype=np.float32), k)
    return np.sqrt(squared.clip(min=0)), rows


def check_same_encoder(bank: str | Path, queries: str | Path) -> None:
    """Raise an InputError unless the latents of both files are of one visual encoder."""
    encoders = []
    for path in (bank, queries):
        with store.open(path, "visual/1") as file:
            encoders.append(file.attrs["config"])
    if encoders[0] != encoders[1]:
        raise InputError(
            f"{queries}: its latents are not of the encoder of the bank, {bank}; delete the older of the two"
        )


def matched(path: str | Path, clips: Sequence[str]) -> list[str]:
    """The training clip that looks most like each clip."""
    with store.open(path, "matches/1") as file:
        return list(file["matched"].asstr()[:][store.rows(file, clips)])
