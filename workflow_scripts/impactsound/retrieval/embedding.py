"""A space that what is seen and what is heard of an impact share, learned by contrast.

Two linear heads, of the visual latent and of the hand-crafted features of the sound, put a clip's two sides near each
other and away from those of other clips (InfoNCE, van den Oord et al. 2018; both ways and with a learned temperature,
as Radford et al. 2021). The bank is then asked by what is seen, and its keys are what its clips sound like.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from impactsound import store
from impactsound.diffusion.told import check_finite
from impactsound.training import Batch, Training, fit

TEMPERATURE, COLDEST = 0.07, 0.01  # at the start, and at least (Radford et al. 2021)
TINY = 1e-6


@dataclass(frozen=True)
class Pairs:
    """Clips from both sides: visual latents `[clip, n]`, features of their sounds `[clip, m]`, and numbers of their
    videos `[clip]`."""

    visual: Tensor
    sound: Tensor
    video: Tensor

    def __len__(self) -> int:
        return len(self.visual)

    def __getitem__(self, rows: Tensor) -> "Pairs":
        return Pairs(self.visual[rows], self.sound[rows], self.video[rows])


class Head(nn.Module):
    """A linear projection of standardised features onto the unit sphere.

    Linear, for with some hundred clips a hidden layer has the higher loss on those held out.

    Args:
        dropout: share of the features that a training step leaves out.
    """

    def __init__(self, n: int, dim: int, dropout: float):
        super().__init__()
        self.register_buffer("mean", torch.zeros(n))
        self.register_buffer("std", torch.ones(n))
        self.project = nn.Sequential(nn.Dropout(dropout), nn.Linear(n, dim))

    def standardise(self, values: Tensor) -> None:
        """Take mean and standard deviation of each feature, `[clip, n]`; where nothing varies, 1."""
        std = values.std(dim=0, correction=0)
        self.mean.copy_(values.mean(dim=0))
        self.std.copy_(torch.where(std > TINY, std, 1.0))

    def forward(self, values: Tensor) -> Tensor:
        """`[clip, n]` to `[clip, dim]`, of length 1."""
        return normalize(self.project((values - self.mean) / self.std), dim=1)


class Embedding(nn.Module):
    """The two heads, and the temperature of the softmax between them.

    Args:
        visual_dim, sound_dim: lengths of what goes in; dim: of what comes out.
        dropout: as of `Head`.
    """

    def __init__(self, visual_dim: int, sound_dim: int, dim: int = 64, dropout: float = 0.5):
        super().__init__()
        self.see = Head(visual_dim, dim, dropout)
        self.hear = Head(sound_dim, dim, dropout)
        self.sharpness = nn.Parameter(torch.tensor(-math.log(TEMPERATURE)))  # log of 1 over the temperature

    def standardise(self, pairs: Pairs) -> None:
        """Take the features' means and standard deviations from the training clips."""
        self.see.standardise(pairs.visual)
        self.hear.standardise(pairs.sound)

    def forward(self, pairs: Pairs) -> Tensor:
        """How like each clip's sight is to each clip's sound, as logits; row: seen, column: heard.

        Two clips of one video sound alike, and neither is told to keep away from the other: -inf.

        Shape:
            - Output: `[clip, clip]`
        """
        scale = self.sharpness.clamp(max=-math.log(COLDEST)).exp()
        logits = scale * self.see(pairs.visual) @ self.hear(pairs.sound).T
        return logits.masked_fill(alike(pairs.video), -torch.inf)


def alike(video: Tensor) -> Tensor:
    """Which pairs of clips are two of one video, bool `[clip, clip]`."""
    same = video[:, None] == video
    return same.fill_diagonal_(False)


def info_nce(logits: Tensor) -> Tensor:
    """Mean over clips and both ways of -log of the share of a clip's other side; of n clips all alike, log n.

    >>> round(float(info_nce(torch.zeros(4, 4)).exp()), 3)
    4.0
    """
    own = torch.arange(len(logits), device=logits.device)
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def train_embedding(
    network: Embedding,
    training: Pairs,
    validation: Pairs,
    settings: Training,
    run: Path,
    seed: Sequence[object],
    device: str = "cpu",
) -> pd.DataFrame:
    """Standardise and fit; the history has `recall`, the share of clips whose own sound comes first of all videos'.

    Args:
        device: where to train, and where the pairs are.
    """
    network.standardise(training)

    def loss(network: Embedding, batch: Batch) -> Tensor:
        return info_nce(network(training[batch.rows.to(device)]))

    def validate(network: Embedding) -> dict[str, float]:
        logits = network(validation)
        own = torch.arange(len(logits), device=device)
        return {"loss": float(info_nce(logits)), "recall": float((logits.argmax(1) == own).float().mean())}

    return fit(network, len(training), loss, validate, settings, run, seed, "embedding", device)


def numbered(video: np.ndarray) -> Tensor:
    """The videos of clips by number, `[clip]`."""
    return torch.from_numpy(np.unique(video, return_inverse=True)[1])


def read_heard(path: str | Path, clips: Sequence[str]) -> Tensor:
    """The hand-crafted features of the clips' sounds, side by side, `[clip, n]`.

    Raises:
        InputError: naming a clip whose features are not finite.
    """
    features = torch.from_numpy(np.concatenate(store.read(path, "features/1", "mfcc", "spectral", clip=clips), axis=1))
    check_finite(features, clips, "sound's features")
    return features
