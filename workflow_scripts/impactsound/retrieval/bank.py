"""The bank: the training impacts, looked up by what is seen.

The sound of an unseen video is asked for by its visual latent, and the nearest training impact answers with its physics
(Su et al. 2023: Euclidean distance, one neighbour); or the nearest few do, the nearer the more.
"""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np
from scipy.special import softmax

from impactsound import store

METRICS = {
    "euclidean": faiss.METRIC_L2,
    "l1": faiss.METRIC_L1,
    "cosine": faiss.METRIC_INNER_PRODUCT,
    "embedding": faiss.METRIC_INNER_PRODUCT,  # of latents that were learned for it
}
RANKED = 10  # neighbours that are noted, whether blended or not
TINY = 1e-9


def nearest(
    keys: np.ndarray, queries: np.ndarray, k: int = 1, distance: str = "euclidean"
) -> tuple[np.ndarray, np.ndarray]:
    """Exact neighbours, nearest first.

    Args:
        keys: the bank's latents; queries: those asked for.
        distance: of `METRICS`; "cosine", and "embedding", is 1 less the cosine.

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
    metric = METRICS[distance]
    keys, queries = (np.array(latents, dtype=np.float32, order="C") for latents in (keys, queries))
    if metric == faiss.METRIC_INNER_PRODUCT:
        faiss.normalize_L2(keys)
        faiss.normalize_L2(queries)
    index = faiss.IndexFlat(keys.shape[1], metric)
    index.add(keys)
    found, rows = index.search(queries, k)
    if metric == faiss.METRIC_L2:
        found = np.sqrt(found.clip(min=0))  # faiss leaves it squared
    elif metric == faiss.METRIC_INNER_PRODUCT:
        found = (1 - found).clip(min=0)
    return found, rows


def spacing(keys: np.ndarray, queries: np.ndarray, video: np.ndarray, distance: str = "euclidean") -> float:
    """How far apart the bank's entries lie: the mean distance from each to the nearest of another video.

    Where there is but one video, 1.

    Args:
        queries: what each entry would be asked for by; `keys` themselves but where those are of another sense.

    Shape:
        - Input: `[entry, latent]`, `[entry, latent]`, `[entry]`
    """
    together = np.unique(video, return_counts=True)[1].max()
    if together == len(video):
        return 1.0
    found, rows = nearest(keys, queries, int(together) + 1, distance)
    first = (video[rows] != video[:, None]).argmax(1)
    return float(np.take_along_axis(found, first[:, None], axis=1).mean())


def blend_weights(distance: np.ndarray, how: str, temperature: float, scale: float) -> np.ndarray:
    """Share of each neighbour in a blend; they add up to 1.

    Args:
        how: "softmax" of the negative distances, or "uniform".
        temperature: in units of `scale`, the bank's `spacing`.

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
