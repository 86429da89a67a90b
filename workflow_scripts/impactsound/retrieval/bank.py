"""The bank: visual latents of the training impacts, each with its physics latent, searched by distance.

The sound of an unseen video is asked for by its visual latent; the physics latent of the nearest training
impact answers (Su et al. 2023: Euclidean distance, one neighbour).
"""

from pathlib import Path

import faiss
import numpy as np

from impactsound import store


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


def matched_physics(path: str | Path, queries: np.ndarray) -> tuple[np.ndarray, list[str], np.ndarray]:
    """The nearest entry of a bank file for each visual latent.

    Returns:
        physics latents, ids of the training clips that they come from, distances.

    Shape:
        - Input: `[query, visual latent]`
        - Output: `[query, physics latent]`, `[query]`, `[query]`
    """
    with store.open(path, "bank/1") as file:
        clips, keys, physics = store.clips(file), file["visual"][:], file["physics"][:]
    distance, rows = nearest(keys, queries)
    return physics[rows[:, 0]], [clips[row] for row in rows[:, 0]], distance[:, 0]
