"""Cells: the entries of a large bank laid out by what they look like, so that a query has to see few of them.

An inverted file (Sivic and Zisserman 2003; Jégou et al. 2011): the leading principal components of the latents are
clustered by k-means, and an entry lies in the cell whose centre is nearest to it. A query looks into the cells whose
centres are nearest to it, and finds there what is nearest by the components; `retrieval.index` ranks that by the
latents themselves.
"""

from dataclasses import dataclass

import faiss
import numpy as np
from threadpoolctl import threadpool_limits

COMPONENTS = 64  # of a latent, by which entries are compared in the cells
PROBES = 16  # cells that a query looks into
TRAINING = 64  # entries that a layout is learned from, for each cell
ROUNDS = 10  # of k-means
SEED = 0  # of the centres that k-means starts from


@dataclass(frozen=True)
class Layout:
    """Which entry lies in which cell.

    components: `[component, latent]`; centres: of the cells, `[cell, component]`; cell: of each entry, `[entry]`.
    """

    components: np.ndarray
    centres: np.ndarray
    cell: np.ndarray

    @classmethod
    def of(cls, latents: np.ndarray) -> "Layout":
        """Lay out a bank's latents, `[entry, latent]` in float32, in about as many cells as a cell has entries.

        One thread does it, for with another number of them sums are rounded otherwise.
        """
        cells = round(len(latents) ** 0.5)
        with threadpool_limits(1):
            sample = latents[spread(len(latents), TRAINING * cells)]
            components = principal(sample, COMPONENTS)
            settings = {"niter": ROUNDS, "seed": SEED, "max_points_per_centroid": TRAINING}
            clusters = faiss.Kmeans(len(components), cells, **settings)
            clusters.train(sample @ components.T)
            _, cell = clusters.assign(latents @ components.T)
        return cls(components, clusters.centroids, cell.astype(np.int32))

    def check(self, entries: int, latent: int) -> None:
        """Raise a ValueError unless this can be the layout of so many latents of such a length."""
        cells, components = self.centres.shape
        shapes = self.components.shape == (components, latent) and self.cell.shape == (entries,)
        kinds = self.components.dtype == self.centres.dtype == np.float32 and self.cell.dtype == np.int32
        finite = np.isfinite(self.components).all() and np.isfinite(self.centres).all()
        if not (shapes and kinds and finite and self.cell.min() >= 0 and self.cell.max() < cells):
            raise ValueError(f"the layout is none of {entries} latents of {latent} numbers")

    def project(self, latents: np.ndarray) -> np.ndarray:
        """The components of latents, `[entry, latent]` to `[entry, component]`."""
        return latents @ self.components.T


class Cells:
    """The components of a bank's latents in their cells.

    Args:
        latents: those that were laid out, `[entry, latent]` in float32; they are not kept.

    Raises:
        ValueError: if the layout is not theirs.
    """

    def __init__(self, latents: np.ndarray, layout: Layout):
        layout.check(*latents.shape)
        cells, components = layout.centres.shape
        centres = faiss.IndexFlatL2(components)
        centres.add(np.ascontiguousarray(layout.centres))
        self._layout, self._lists = layout, faiss.IndexIVFFlat(centres, components, cells)
        self._lists.train(layout.centres)  # which sees that the centres are known
        self._lists.nprobe = PROBES
        projected, cell = np.ascontiguousarray(layout.project(latents)), layout.cell.astype(np.int64)
        self._lists.add_core(len(cell), faiss.swig_ptr(projected), None, faiss.swig_ptr(cell))

    def candidates(self, queries: np.ndarray, count: int) -> np.ndarray:
        """Rows of the entries that are nearest by their components; -1 where a query's cells have not as many.

        Shape:
            - Input: `[query, latent]`, float32
            - Output: `[query, count]`
        """
        return self._lists.search(self._layout.project(queries), count)[1]


def principal(latents: np.ndarray, count: int) -> np.ndarray:
    """The directions in which latents `[entry, latent]` vary most, at most `count` of them, `[component, latent]`."""
    _, directions = np.linalg.eigh(np.cov(latents, rowvar=False, dtype=np.float32))  # the least first
    return np.ascontiguousarray(directions[:, : -count - 1 : -1].T)


def spread(size: int, count: int) -> np.ndarray:
    """At most so many rows, evenly spread over all.

    >>> spread(10, 4).tolist(), spread(3, 4).tolist()
    ([0, 2, 5, 7], [0, 1, 2])
    """
    count = min(size, count)
    return np.arange(count) * size // count
