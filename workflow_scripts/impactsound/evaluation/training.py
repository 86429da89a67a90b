"""Training of the sound classifier on real training sounds."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from torch import Tensor
from torch.nn.functional import cross_entropy

from impactsound.evaluation.classifier import SoundClassifier, augment
from impactsound.seeds import generator
from impactsound.training import Batch, Training, fit


def train_classifier(
    network: SoundClassifier,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    settings: Training,
    run: Path,
    seed: Sequence[object],
    device: str = "cpu",
    devices: int = 1,
) -> pd.DataFrame:
    """Fit the classifier; returns its history.

    Args:
        training, validation: sounds `[clip, time]` and class numbers `[clip]`.
        device, devices: as `fit` takes them.
    """

    def loss(network: SoundClassifier, batch: Batch) -> Tensor:
        draw = generator(*seed, "augment", batch.step)
        sound = augment(training[0][batch.rows], draw, settings.batch, batch.part)
        return cross_entropy(network(sound), training[1][batch.rows])

    def validate(network: SoundClassifier) -> dict[str, float]:
        logits = network(validation[0])
        right = (logits.argmax(1) == validation[1]).float().mean()
        return {"loss": float(cross_entropy(logits, validation[1])), "accuracy": float(right)}

    return fit(network, len(training[0]), loss, validate, settings, run, seed, "classifier", device, devices)
