"""Search of a bank: which of its entries are nearest to what is asked for.

A query is compared with every entry, unless there are so many that this takes long. They are then laid out in cells
(`retrieval.cells`), the query looks into a few of these, and what it finds there is ranked by its true distance: the
distances are exact, and now and then an entry is overlooked (benchmarks/bank.md has how often).
"""

import faiss
import numpy as np

from impactsound.errors import InputError
from impactsound.retrieval.cells import Cells, Layout, spread

METRICS = {
    "euclidean": faiss.METRIC_L2,
    "l1": faiss.METRIC_L1,
    "cosine": faiss.METRIC_INNER_PRODUCT,
    "embedding": faiss.METRIC_INNER_PRODUCT,  # of latents that were learned for it
}
EXACT = 2**25  # numbers in a bank: to compare a query with all of them takes a core 5 ms (benchmarks/bank.md)
SHORTLIST, FOR_EACH = 128, 4  # candidates that are ranked: so many, or for each neighbour asked for
SAMPLED = 10_000  # entries of a bank in cells that its spacing is estimated from
GATHERED = 2**22  # numbers of candidates' latents that are in memory at a time


def nearest(
    keys: np.ndarray, queries: np.ndarray, k: int = 1, distance: str = "euclidean"
) -> tuple[np.ndarray, np.ndarray]:
    """Exact neighbours, nearest first, of a bank of any size; as of `Index`.

    >>> keys = np.array([[0.0, 0.0], [3.0, 4.0]])
    >>> distance, row = nearest(keys, np.array([[0.0, 1.0]]), k=2)
    >>> row.tolist(), distance.astype(int).tolist()
    ([[0, 1]], [[1, 4]])
    """
    return Index(keys, distance).nearest(queries, k)


def lay_out(keys: np.ndarray, distance: str = "euclidean", among: int = 1) -> Layout | None:
    """The layout by which an `Index` of a large bank searches it; None for one that is searched exactly.

    Args:
        among: so many banks of about this size are always asked together.

    Shape:
        - Input: `[entry, latent]`
    """
    return Layout.of(comparable(keys, distance)) if np.size(keys) * among > EXACT else None


def comparable(latents: np.ndarray, distance: str) -> np.ndarray:
    """Latents `[..., latent]` as they are compared: in float32, and of length 1 where their angles count."""
    latents = np.ascontiguousarray(latents, dtype=np.float32)
    if METRICS[distance] == faiss.METRIC_INNER_PRODUCT:
        latents = latents.copy()
        faiss.normalize_L2(latents)
    return latents


class Index:
    """The entries of a bank, to be asked for the nearest.

    Args:
        keys: the bank's latents, `[entry, latent]`.
        distance: of `METRICS`; "cosine", and "embedding", is 1 less the cosine.
        layout: of these keys for this distance, from `lay_out`; without one, search is exact.

    Raises:
        InputError: if a latent is not finite.
    """

    def __init__(self, keys: np.ndarray, distance: str = "euclidean", layout: Layout | None = None):
        _check_finite(keys, "the bank")
        self._distance, self._keys = distance, comparable(keys, distance)
        self._all = faiss.IndexFlat(self._keys.shape[1], METRICS[distance])
        self._cells = None if layout is None else Cells(self._keys, layout)
        if layout is None:
            self._all.add(self._keys)

    def nearest(self, queries: np.ndarray, k: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """Neighbours, nearest first: distances and rows of the keys.

        Shape:
            - Input: `[query, latent]`
            - Output: `[query, k]`, `[query, k]`

        Raises:
            InputError: if what is asked for is not finite, or of another length than the keys.
            ValueError: if the bank has fewer than k entries.
        """
        if len(self._keys) < k:
            raise ValueError(f"the bank has {len(self._keys)} entries, {k} neighbours were asked for")
        if queries.shape[1] != self._keys.shape[1]:
            sizes = f"{self._keys.shape[1]} numbers, and what is asked for {queries.shape[1]}"
            raise InputError(f"the bank's latents have {sizes}: both must be of one visual encoder; make them again")
        _check_finite(queries, "what the bank is asked for")
        queries = comparable(queries, self._distance)
        return self._exact(queries, k) if self._cells is None else self._in_cells(queries, k)

    def spacing(self, queries: np.ndarray, video: np.ndarray) -> float:
        """How far apart the entries lie: the mean distance from each to the nearest of another video.

        Where there is but one video, 1. Of a bank in cells, some entries stand for all.

        Args:
            queries: what each entry would be asked for by; the keys but where those are of another sense.

        Shape:
            - Input: `[entry, latent]`, `[entry]`
        """
        together = np.unique(video, return_counts=True)[1].max()
        if together == len(video):
            return 1.0
        asked = spread(len(video), len(video) if self._cells is None else SAMPLED)
        found, rows = self.nearest(queries[asked], int(together) + 1)
        first = (video[rows] != video[asked, None]).argmax(1)
        return float(np.take_along_axis(found, first[:, None], axis=1).mean())

    def _exact(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        found, rows = self._all.search(queries, k)
        metric = METRICS[self._distance]
        if metric == faiss.METRIC_L2:
            found = np.sqrt(found.clip(min=0))  # faiss leaves it squared
        elif metric == faiss.METRIC_INNER_PRODUCT:
            found = (1 - found).clip(min=0)
        return found, rows

    def _in_cells(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        count = max(SHORTLIST, FOR_EACH * k)
        found, rows = np.empty((len(queries), k), np.float32), np.empty((len(queries), k), np.int64)
        step = max(1, GATHERED // (count * self._keys.shape[1]))
        for start in range(0, len(queries), step):
            part = slice(start, start + step)
            found[part], rows[part] = self._ranked(queries[part], k, count)
        few = rows[:, -1] < 0  # there is less in the cells that were looked into than was asked for
        if few.any():
            found[few], rows[few] = nearest(self._keys, queries[few], k, self._distance)
        return found, rows

    def _ranked(self, queries: np.ndarray, k: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The first k of the candidates, by distance; beyond the last one the row is -1."""
        rows = self._cells.candidates(queries, count)
        apart = np.where(rows < 0, np.inf, self._apart(self._keys[rows], queries[:, None]))
        order = apart.argsort(axis=1, kind="stable")[:, :k]
        return np.take_along_axis(apart, order, axis=1), np.take_along_axis(rows, order, axis=1)

    def _apart(self, keys: np.ndarray, queries: np.ndarray) -> np.ndarray:
        """Distances, `[query, candidate]`, of latents `[query, candidate, latent]` and `[query, 1, latent]`."""
        metric = METRICS[self._distance]
        if metric == faiss.METRIC_INNER_PRODUCT:
            return (1 - np.einsum("qcl,qcl->qc", keys, np.broadcast_to(queries, keys.shape))).clip(min=0)
        return np.linalg.norm(keys - queries, ord=1 if metric == faiss.METRIC_L1 else 2, axis=-1)


def _check_finite(latents: np.ndarray, whose: str) -> None:
    finite = np.isfinite(latents.sum(axis=1))
    if not finite.all():
        row = int(finite.argmin())
        raise InputError(f"{whose}: latent {row} is not finite; train the encoder anew, with a smaller learning rate")
