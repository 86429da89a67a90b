"""Training of the residual encoder: modes and residual together shall sound as the clip does."""

from collections.abc import Sequence
from pathlib import Path

import auraloss
import pandas as pd
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.physics.residual import ResidualEncoder
from impactsound.training import Training, batch_rows, fit

VALIDATION_BATCH = 64


class ReconstructionLoss(nn.Module):
    """Multi-resolution STFT loss of modes + residual against the sound (Yamamoto et al. 2020)."""

    def __init__(self, clip: Clip):
        super().__init__()
        sizes = [clip.n_fft // 4, clip.n_fft // 2, clip.n_fft]
        self.distance = auraloss.freq.MultiResolutionSTFTLoss(
            fft_sizes=sizes, hop_sizes=[size // 4 for size in sizes], win_lengths=sizes
        )

    def forward(self, network: ResidualEncoder, sound: Tensor, modal: Tensor) -> Tensor:
        """Scalar loss of sounds given their rendered modes, both `[clip, time]`."""
        rebuilt = modal + network.render(*network(sound))
        return self.distance(rebuilt[:, None], sound[:, None])


def train_residual(
    network: ResidualEncoder,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    settings: Training,
    run: Path,
    seed: Sequence[object],
) -> pd.DataFrame:
    """Fit the encoder; returns its history.

    Args:
        training, validation: sounds and their rendered modes, each `[clip, time]`.
    """
    distance = ReconstructionLoss(network.clip).to(training[0].device)

    def loss(network: ResidualEncoder, step: int) -> Tensor:
        rows = batch_rows(len(training[0]), settings.batch, step, *seed).to(training[0].device)
        return distance(network, training[0][rows], training[1][rows])

    def validate(network: ResidualEncoder) -> dict[str, float]:
        batches = zip(*(values.split(VALIDATION_BATCH) for values in validation), strict=True)
        total = sum(len(sound) * distance(network, sound, modal) for sound, modal in batches)
        return {"loss": float(total) / len(validation[0])}

    return fit(network, loss, validate, settings, run, seed, "residual")
