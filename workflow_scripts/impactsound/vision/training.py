"""Training of the visual encoder: which material is struck, from the frames around the impact."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from impactsound.seeds import generator
from impactsound.training import Batch, Training, fit
from impactsound.vision.frames import evaluation_frames, training_frames
from impactsound.vision.tsm import TSM

VALIDATION_BATCH = 16

Frames = Callable[[Tensor], Tensor]  # row numbers of a split -> uint8 [clip, frame, row, column, 3]


def train_vision(
    network: TSM,
    training: tuple[Frames, Tensor],
    validation: tuple[Frames, Tensor],
    segments: int,
    settings: Training,
    run: Path,
    seed: Sequence[object],
    device: str = "cpu",
    devices: int = 1,
) -> pd.DataFrame:
    """Fit the network; returns its history, the validation accuracy included.

    Args:
        training, validation: how to read a split's frames, and its class numbers `[clip]`.
        segments: frames seen of each clip, drawn at random in training.
        device, devices: as `fit` takes them.
    """

    def read(batch: Batch) -> Tensor:
        draw = generator(*seed, "augment", batch.step)
        return training_frames(training[0](batch.rows), segments, draw, whole=settings.batch, part=batch.part)

    def loss(network: TSM, batch: Batch) -> Tensor:
        label = training[1][batch.rows]
        return cross_entropy(network(batch.data.to(label.device)), label)

    def validate(network: TSM) -> dict[str, float]:
        label = validation[1]
        logits = torch.cat(
            [
                network(evaluation_frames(validation[0](rows), segments).to(label.device))
                for rows in torch.arange(len(label)).split(VALIDATION_BATCH)
            ]
        )
        right = (logits.argmax(1) == label).float().mean()
        return {"loss": float(cross_entropy(logits, label)), "accuracy": float(right)}

    return fit(network, len(training[1]), loss, validate, settings, run, seed, "vision", device, devices, read=read)
