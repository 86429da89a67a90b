"""Training of the residual encoder: modes and residual together shall sound as the clip does."""

from collections.abc import Sequence
from pathlib import Path

import auraloss
import pandas as pd
import torch
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.training import Batch, Training, fit

BATCH = 64  # clips that are looked at together where nothing is learned


class ReconstructionLoss(nn.Module):
    """Multi-resolution STFT loss of modes + residual against the sound (Yamamoto et al. 2020)."""

    def __init__(self, clip: Clip):
        super().__init__()
        sizes = [clip.n_fft // 4, clip.n_fft // 2, clip.n_fft]
        self.distance = auraloss.freq.MultiResolutionSTFTLoss(
            fft_sizes=sizes, hop_sizes=[size // 4 for size in sizes], win_lengths=sizes
        )

    def forward(self, network: ResidualEncoder, sound: Tensor, modal: Tensor, start: Tensor | None = None) -> Tensor:
        """Scalar loss of sounds given their rendered modes, both `[clip, time]`."""
        residual = network(sound, modal, start)
        with torch.autocast(sound.device.type, enabled=False):  # what is rendered and transformed needs all its digits
            rebuilt = modal + network.render(residual)
            return self.distance(rebuilt[:, None], sound[:, None])


def train_residual(
    network: ResidualEncoder,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    settings: Training,
    run: Path,
    seed: Sequence[object],
    device: str = "cpu",
    devices: int = 1,
) -> pd.DataFrame:
    """Fit the encoder; returns its history, which is one row, of step 0, where it has no bands to learn.

    Args:
        training, validation: sounds and their rendered modes, each `[clip, time]`.
        device, devices: as `fit` takes them.
    """
    distance = ReconstructionLoss(network.clip).to(training[0].device)
    training, validation = _with_start(network, *training), _with_start(network, *validation)

    def loss(network: ResidualEncoder, batch: Batch) -> Tensor:
        return distance(network, *(values[batch.rows] for values in training))

    def validate(network: ResidualEncoder) -> dict[str, float]:
        return {"loss": mean_loss(distance, network, validation)}

    if network.correction is None:
        found = {"train_loss": mean_loss(distance, network, training), **validate(network)}
        return pd.DataFrame([{"step": 0, **found}])
    return fit(network, len(training[0]), loss, validate, settings, run, seed, "residual", device, devices)


def mean_loss(distance: ReconstructionLoss, network: ResidualEncoder, clips: tuple[Tensor, ...]) -> float:
    """Loss of many clips, given as `ReconstructionLoss.forward` takes them."""
    batches = zip(*(values.split(BATCH) for values in clips), strict=True)
    total = sum(len(batch[0]) * distance(network, *batch) for batch in batches)
    return float(total) / len(clips[0])


@torch.no_grad()
def _with_start(network: ResidualEncoder, sound: Tensor, modal: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The clips with what their correction starts from, which stays the same throughout the training."""
    return sound, modal, network.start(sound - modal)
