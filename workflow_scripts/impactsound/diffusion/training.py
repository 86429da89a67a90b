"""Joint training of physics encoder and denoiser."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from impactsound.diffusion.denoiser import Condition, Denoiser
from impactsound.diffusion.objective import STEPS, Objective
from impactsound.seeds import generator, normal
from impactsound.training import Training, batch_rows, fit

VALIDATION_BATCH = 64


@dataclass(frozen=True)
class Examples:
    """What a denoiser learns from, a row a clip; the physics is None for one that has no physics encoder.

    spectrogram: `[clip, 1, bin, step]` in [-1, 1], visual: `[clip, dim]`, slots: `[clip, 3, bin]` in [-1, 1],
    residual: `[clip, kind, band]` in [0, 1].
    """

    spectrogram: Tensor
    visual: Tensor
    slots: Tensor | None = None
    residual: Tensor | None = None

    def __len__(self) -> int:
        return len(self.spectrogram)

    def __getitem__(self, rows: Tensor | slice) -> "Examples":
        values = (getattr(self, field.name) for field in fields(self))
        return Examples(*(None if value is None else value[rows] for value in values))


def condition(denoiser: Denoiser, examples: Examples) -> Condition:
    """What the denoiser is told of the examples, the physics encoded."""
    if denoiser.physics is None:
        return Condition(examples.visual)
    latent = denoiser.physics_latent(examples.slots, examples.residual)
    return Condition(examples.visual, latent)


def train_denoiser(
    denoiser: Denoiser,
    training: Examples,
    validation: Examples,
    objective: Objective,
    dropout: float,
    settings: Training,
    run: Path,
    seed: Sequence[object],
) -> pd.DataFrame:
    """Fit the denoiser; returns its history.

    Args:
        dropout: share of the clips of a batch whose condition is dropped.
    """
    place = training.spectrogram.device
    if denoiser.physics is not None:
        denoiser.physics.standardise(training.slots)
    preconditioned = objective.prediction == "v"
    denoiser.standardise(training.visual, training.spectrogram if preconditioned else None)
    # the same noise and steps at every validation, so that its losses differ by the weights alone
    keys = [str(row) for row in range(len(validation))]
    held_noise = normal(tuple(validation.spectrogram.shape[1:]), keys, *seed, "validation").to(place)
    held_step = torch.linspace(0, STEPS - 1, len(validation)).round().long().to(place)

    def loss(denoiser: Denoiser, step: int) -> Tensor:
        draw = generator(*seed, "noise", step)
        batch = training[batch_rows(len(training), settings.batch, step, *seed).to(place)]
        noise = torch.randn(batch.spectrogram.shape, generator=draw).to(place)
        t = torch.randint(STEPS, (len(batch),), generator=draw).to(place)
        drop = (torch.rand(len(batch), generator=draw) < dropout).to(place)
        told = condition(denoiser, batch)
        return objective.loss(lambda x, t: denoiser(x, t, told, drop), batch.spectrogram, noise, t)

    def validate(denoiser: Denoiser) -> dict[str, float]:
        losses = []
        for rows in torch.arange(len(validation), device=place).split(VALIDATION_BATCH):
            batch = validation[rows]
            told = condition(denoiser, batch)
            losses.append(
                objective.losses(
                    lambda x, t, told=told: denoiser(x, t, told),
                    batch.spectrogram,
                    held_noise[rows],
                    held_step[rows],
                )
            )
        return {"loss": float(torch.cat(losses).mean())}

    return fit(denoiser, loss, validate, settings, run, seed, "denoiser")
