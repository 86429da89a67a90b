"""The comparison of systems on the test split."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from impactsound.evaluation import metrics
from impactsound.evaluation.classifier import SoundClassifier

BATCH = 256


def compare(
    network: SoundClassifier,
    real: np.ndarray,
    sounds: Mapping[str, np.ndarray],
    label: np.ndarray,
    video: np.ndarray,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables, a row a system: the distances and accuracies, and the accuracy's interval beside chance.

    Args:
        real: test sounds; sounds: each system's for the same clips; label: materials; video: of each clip.

    Shape:
        - Input: `[clip, time]` each, `[clip]`, `[clip]`
    """
    reference = judge(network, real)
    judged = {system: judge(network, sound) for system, sound in sounds.items()}
    chance = np.bincount(label).max() / len(label)
    comparison = [_scores(system, reference, result, label, seed) for system, result in judged.items()]
    accuracy = [_interval(system, result, label, video, chance, seed) for system, result in judged.items()]
    return pd.DataFrame(comparison), pd.DataFrame(accuracy)


@torch.inference_mode()
def judge(network: SoundClassifier, sound: np.ndarray) -> tuple[Tensor, Tensor]:
    """Features `[clip, feature]` and posteriors `[clip, class]` of sounds, each scaled to a peak of 1."""
    place = next(network.parameters()).device
    peak = np.abs(sound).max(-1, keepdims=True)
    scaled = torch.from_numpy(sound / np.where(peak > 0, peak, 1)).float()
    features = torch.cat([network.features(part.to(place)) for part in scaled.split(BATCH)])
    return features.cpu(), network.decide(features).softmax(1).cpu()


def _scores(system: str, reference: tuple, result: tuple, label: np.ndarray, seed: int) -> dict[str, object]:
    decision = result[1].argmax(1).numpy()
    return {
        "system": system,
        "fid": metrics.fid(reference[0], result[0]),
        "kid": metrics.kid(reference[0], result[0], seed),
        "kl": metrics.kl(reference[1], result[1]),
        "accuracy": metrics.accuracy(label, decision),
        "macro_accuracy": metrics.macro_accuracy(label, decision),
        "n": len(label),
    }


def _interval(
    system: str, result: tuple, label: np.ndarray, video: np.ndarray, chance: float, seed: int
) -> dict[str, object]:
    decision = result[1].argmax(1).numpy()
    low, high = metrics.accuracy_interval(label, decision, video, seed)
    return {
        "system": system,
        "accuracy": metrics.accuracy(label, decision),
        "low": low,
        "high": high,
        "chance": chance,
        "n": len(label),
        "videos": len(np.unique(video)),
    }
