"""Visual latents of as many impacts as one likes, drawn to lie as those of a finished run lie.

A latent is its material's mean, what its video adds to that, and what the hit adds to it. Both additions are normal;
how far a video's hits scatter is by a factor of its own, of log-normal distribution. The covariance of a material's
videos is mostly their own, which has but a few directions, and for the rest that of all materials' (as in the
regularised discriminant analysis of Friedman 1989): drawn latents then lie somewhat farther apart than known ones, in
more directions. As those of a network that ends in a rectifier, they are not negative.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from rows import Row

from impactsound import store
from impactsound.corpus.table import load
from impactsound.retrieval.index import nearest
from impactsound.seeds import seed_of

OWN = 0.95  # share of its material's covariance in that of a video
HITS = 5  # of a video
NEIGHBOURS = 10  # that the intrinsic dimension is estimated from
BLOCK = 10_000  # videos drawn at a time


@dataclass(frozen=True)
class Latents:
    """Latents of hits `[hit, latent]`, with their materials and videos by number, `[hit]`."""

    latent: np.ndarray
    material: np.ndarray
    video: np.ndarray


def read_latents(results: Path) -> Latents:
    """Those of a run."""
    manifest = load(results / "manifest.csv")
    (latent,) = store.read(results / "visual.h5", "visual/1", "latent", clip=list(manifest["clip"]))
    material, video = (np.unique(manifest[name], return_inverse=True)[1] for name in ("material", "video"))
    return Latents(latent, material, video)


@dataclass(frozen=True)
class Looks:
    """What latents are drawn from.

    mean: of each material, `[material, latent]`; between: square roots of the covariances of its videos' means,
    `[material, latent, latent]`; within: that of hits about their video, `[latent, latent]`; scatter: mean and standard
    deviation of the log of a video's factor.
    """

    mean: np.ndarray
    between: np.ndarray
    within: np.ndarray
    scatter: tuple[float, float]

    @classmethod
    def of(cls, known: Latents) -> "Looks":
        """Fitted to latents that are known."""
        videos, first = np.unique(known.video, return_index=True)
        material = known.material[first]
        centre = _means(known.latent, known.video)
        mean = _means(centre, material)
        apart, hits = centre - mean[material], known.latent - centre[known.video]
        pooled = _root(apart, len(videos) - len(mean))
        own = [_root(apart[material == number], (material == number).sum() - 1) for number in range(len(mean))]
        between = [np.concatenate([(1 - OWN) ** 0.5 * pooled, OWN**0.5 * root]) for root in own]
        spread = np.sqrt(_means((hits**2).sum(1, keepdims=True), known.video)[:, 0])
        logs = np.log(spread / np.sqrt((spread**2).mean()))
        within = _root(hits, len(hits) - len(videos))
        return cls(mean, np.stack([_square(root) for root in between]), _square(within), (logs.mean(), logs.std()))

    def draw(self, count: int, *seed: object) -> Latents:
        """So many hits, of videos of each material in turn; one seed, one draw."""
        latent = np.empty((count, self.mean.shape[1]), np.float32)
        row = np.arange(count)
        video = row // HITS
        material = video % len(self.mean)
        for start in range(0, count, BLOCK * HITS):
            part = slice(start, start + BLOCK * HITS)
            latent[part] = self._block(video[part] - start // HITS, material[part], *seed, start)
        return Latents(latent, material, video)

    def _block(self, video: np.ndarray, material: np.ndarray, *seed: object) -> np.ndarray:
        rng = np.random.default_rng(seed_of(*seed))
        first = np.unique(video, return_index=True)[1]
        normal = rng.standard_normal((len(first), self.mean.shape[1]), np.float32)
        centre = self.mean[material[first]]
        for number, root in enumerate(self.between):
            own = material[first] == number
            centre[own] += normal[own] @ root
        factor = np.exp(rng.normal(*self.scatter, len(first))).astype(np.float32)
        hits = rng.standard_normal((len(video), self.mean.shape[1]), np.float32) @ self.within
        return (centre[video] + factor[video, None] * hits).clip(min=0)


@dataclass(frozen=True)
class Likeness(Row):
    """How latents lie: quantiles of the distance to the nearest hit of another video, and of the same one."""

    latents: str
    hits: int
    other_video_5: float
    other_video_50: float
    other_video_95: float
    same_video_50: float
    second_re_first: float
    same_material: float
    dimension: float


def likeness(name: str, found: Latents) -> Likeness:
    """The figures of some hundred latents."""
    apart, rows = nearest(found.latent, found.latent, len(found.latent))
    itself = rows == np.arange(len(rows))[:, None]
    same = (found.video[rows] == found.video[:, None]) & ~itself
    other = np.sort(np.where(found.video[rows] == found.video[:, None], np.inf, apart), axis=1)
    first = np.take_along_axis(rows, (found.video[rows] != found.video[:, None]).argmax(1)[:, None], axis=1)[:, 0]
    within = np.where(same, apart, np.inf).min(axis=1)
    near = other[:, :NEIGHBOURS]
    return Likeness(
        name,
        len(rows),
        *(float(np.quantile(other[:, 0], share)) for share in (0.05, 0.5, 0.95)),
        float(np.median(within[np.isfinite(within)])),
        float(np.median(other[:, 1] / other[:, 0])),
        float((found.material[first] == found.material).mean()),
        float(1 / np.log(near[:, -1:] / near[:, :-1]).mean()),
    )


def _means(values: np.ndarray, group: np.ndarray) -> np.ndarray:
    return pd.DataFrame(values).groupby(group).mean().to_numpy(np.float32)


def _root(deviations: np.ndarray, freedom: int) -> np.ndarray:
    """A with AᵀA the covariance."""
    return deviations / freedom**0.5


def _square(root: np.ndarray) -> np.ndarray:
    """A square root of the same covariance, `[latent, latent]`: its rows are the leading directions, scaled."""
    _, values, directions = np.linalg.svd(root, full_matrices=False)
    square = np.zeros((root.shape[1], root.shape[1]), np.float32)
    square[: len(values)] = (values[:, None] * directions)[: root.shape[1]]
    return square
