"""Joint training of a generator: what encodes the condition, and the network that heeds it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn

from impactsound.diffusion.board import Board
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.objective import STEPS, Objective
from impactsound.seeds import generator, normal
from impactsound.training import Batch, Training, fit

VALIDATION_BATCH = 64

# network, examples, noise, step of the schedule and withheld pieces -> loss of each clip
Losses = Callable[[nn.Module, "Examples", Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Examples:
    """What a generator learns from, a row a clip: spectrograms `[clip, 1, bin, step]` in [-1, 1], what is told."""

    spectrogram: Tensor
    told: Mapping[str, Tensor]

    def __len__(self) -> int:
        return len(self.spectrogram)

    def __getitem__(self, rows: Tensor | slice) -> "Examples":
        return Examples(self.spectrogram[rows], {name: values[rows] for name, values in self.told.items()})

    def to(self, device: str) -> "Examples":
        """The same on a device."""
        return Examples(self.spectrogram.to(device), {name: values.to(device) for name, values in self.told.items()})


@dataclass(frozen=True)
class Dropout:
    """Shares of the training clips from which all of the condition is withheld, and from which only what is seen is.

    Without the first, guidance would have no opposite; without the second, a network that overfits what is seen
    never learns to heed the rest.
    """

    all: float = 0.1
    visual: float = 0.0

    def draw(self, clips: int, pieces: Sequence[str], draw: torch.Generator) -> Tensor:
        """Which of the condition's pieces are withheld, bool `[clip, piece]`."""
        share = torch.rand(clips, generator=draw, device=draw.device)[:, None]
        seen = torch.tensor([name == "visual" for name in pieces], device=draw.device)
        if len(pieces) == 1:
            return share < self.all
        return (share < self.all) | (seen & (share >= 1 - self.visual))


def losses_of(network: nn.Module, objective: Objective | None) -> Losses:
    """The losses that a generator is trained by: of its objective, or, of a regression, the mean absolute error."""

    def diffusion(network: nn.Module, clips: Examples, noise: Tensor, t: Tensor, drop: Tensor | None) -> Tensor:
        return objective.losses(lambda x, t: network(x, t, clips.told, drop), clips.spectrogram, noise, t)

    def regression(network: nn.Module, clips: Examples, noise: Tensor, t: Tensor, drop: Tensor | None) -> Tensor:
        return (network(clips.told, drop) - clips.spectrogram).abs().flatten(1).mean(dim=1)

    return diffusion if isinstance(network, Denoiser) else regression


def spread_steps(clips: int, draw: torch.Generator) -> Tensor:
    """Steps of the schedule drawn one in each of as many equal parts, in random order: `[clip]`.

    Each is uniform by itself, and a batch's loss varies less than with independent draws.
    """
    place = torch.randperm(clips, generator=draw, device=draw.device)
    within = torch.rand(clips, generator=draw, device=draw.device)
    return ((place + within) / clips * STEPS).long().clamp(max=STEPS - 1)


def train_generator(
    network: nn.Module,
    training: Examples,
    validation: Examples,
    losses: Losses,
    dropout: Dropout,
    settings: Training,
    run: Path,
    seed: Sequence[object],
    device: str = "cpu",
    devices: int = 1,
    board: Board | None = None,
) -> pd.DataFrame:
    """Fit a generator; returns its history.

    Args:
        board: what TensorBoard is shown.
    """
    pieces = network.encoder.pieces
    training, validation = training.to(device), validation.to(device)
    network.encoder.standardise(training.told)
    network.standardise(training.spectrogram)
    # the same noise and steps at every validation, so that its losses differ by the weights alone
    keys = [str(row) for row in range(len(validation))]
    held_noise = normal(tuple(validation.spectrogram.shape[1:]), keys, *seed, "validation").to(device)
    held_step = torch.linspace(0, STEPS - 1, len(validation), device=device).round().long()

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        draw = generator(*seed, "noise", batch.step, device=device)
        shape = (settings.batch, *training.spectrogram.shape[1:])
        noise = torch.randn(shape, generator=draw, device=device)[batch.part]
        t = spread_steps(settings.batch, draw)[batch.part]
        drop = dropout.draw(settings.batch, pieces, draw)[batch.part]
        return losses(network, training[batch.rows.to(device)], noise, t, drop).mean()

    def validate(network: nn.Module) -> dict[str, float]:
        found = []
        for rows in torch.arange(len(validation), device=device).split(VALIDATION_BATCH):
            found.append(losses(network, validation[rows], held_noise[rows], held_step[rows], None))
        return {"loss": float(torch.cat(found).mean())}

    show = None if board is None else board.show
    return fit(
        network, len(training), loss, validate, settings, run, seed, "generator", device, devices=devices, show=show
    )
