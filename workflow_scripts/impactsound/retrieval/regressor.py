"""The physics latent regressed from what is seen, where the bank would look up the nearest training impact's."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, mse_loss

from impactsound.training import Batch, Training, fit

TINY = 1e-6


class Regressor(nn.Module):
    """An MLP on standardised visual latents; its output is bounded as the physics latent is.

    Args:
        hidden: width of the two hidden layers.
        dropout: share of the hidden features that a training step leaves out.
    """

    def __init__(self, visual_dim: int, latent_dim: int, hidden: int = 512, dropout: float = 0.1):
        super().__init__()
        self.register_buffer("visual_mean", torch.zeros(visual_dim))
        self.register_buffer("visual_std", torch.ones(visual_dim))
        self.layers = nn.Sequential(
            nn.Linear(visual_dim, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, latent_dim),
            nn.Tanh(),
        )

    def standardise(self, visual: Tensor) -> None:
        """Take mean and standard deviation of each feature from the training clips; where nothing varies, 1.

        Shape:
            - Input: `[clip, visual_dim]`
        """
        std = visual.std(dim=0, correction=0)
        self.visual_mean.copy_(visual.mean(dim=0))
        self.visual_std.copy_(torch.where(std > TINY, std, 1.0))

    def forward(self, visual: Tensor) -> Tensor:
        """Regress.

        Shape:
            - Input: `[clip, visual_dim]`
            - Output: `[clip, latent_dim]` in [-1, 1]
        """
        return self.layers((visual - self.visual_mean) / self.visual_std)


def train_regressor(
    network: Regressor,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    settings: Training,
    run: Path,
    seed: Sequence[object],
    device: str = "cpu",
) -> pd.DataFrame:
    """Standardise and fit by the mean squared error; returns the history, with the mean cosine similarity.

    Args:
        training, validation: visual latents `[clip, visual_dim]` and physics latents `[clip, latent_dim]`.
        device: where to train, and where the latents are.
    """
    network.standardise(training[0])

    def loss(network: Regressor, batch: Batch) -> Tensor:
        visual, latent = (values[batch.rows] for values in training)
        return mse_loss(network(visual), latent)

    def validate(network: Regressor) -> dict[str, float]:
        visual, latent = validation
        found = network(visual)
        return {"loss": float(mse_loss(found, latent)), "cosine": float(cosine_similarity(found, latent).mean())}

    return fit(network, len(training[0]), loss, validate, settings, run, seed, "regressor", device)
