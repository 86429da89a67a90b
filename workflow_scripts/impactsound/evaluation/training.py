"""Training of the sound classifier on real training sounds."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from torch import Tensor
from torch.nn.functional import cross_entropy

from impactsound.evaluation.classifier import SoundClassifier, augment
from impactsound.seeds import generator
from impactsound.training import Training, batch_rows, fit


def train_classifier(
    network: SoundClassifier,
    training: tuple[Tensor, Tensor],
    validation: tuple[Tensor, Tensor],
    settings: Training,
    run: Path,
    seed: Sequence[object],
) -> pd.DataFrame:
    """Fit the classifier; returns its history.

    Args:
        training, validation: sounds `[clip, time]` and class numbers `[clip]`.
    """

    def loss(network: SoundClassifier, step: int) -> Tensor:
        rows = batch_rows(len(training[0]), settings.batch, step, *seed).to(training[0].device)
        sound = augment(training[0][rows], generator(*seed, "augment", step))
        return cross_entropy(network(sound), training[1][rows])

    def validate(network: SoundClassifier) -> dict[str, float]:
        logits = network(validation[0])
        right = (logits.argmax(1) == validation[1]).float().mean()
        return {"loss": float(cross_entropy(logits, validation[1])), "accuracy": float(right)}

    return fit(network, loss, validate, settings, run, seed, "classifier")
