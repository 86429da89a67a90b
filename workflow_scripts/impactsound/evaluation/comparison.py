"""The comparison of systems on the test split."""

from collections.abc import Mapping, Sequence

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
    sounds: Mapping[str, Sequence[np.ndarray]],
    label: np.ndarray,
    video: np.ndarray,
    seed: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables, a row a system: the distances and accuracies, and the accuracy's interval beside chance.

    Figures are means over a system's seeds; the interval is of that mean, over clips.

    Args:
        real: test sounds; sounds: each system's for the same clips, one array a seed; label: materials; video: of
            each clip.

    Shape:
        - Input: `[clip, time]` each, `[clip]`, `[clip]`
    """
    reference = judge(network, real)
    judged = {system: [judge(network, sound) for sound in made] for system, made in sounds.items()}
    chance = np.bincount(label).max() / len(label)
    comparison = [_mean(system, reference, results, label, seed) for system, results in judged.items()]
    accuracy = [_interval(system, results, label, video, chance, seed) for system, results in judged.items()]
    return pd.DataFrame(comparison), pd.DataFrame(accuracy)


@torch.inference_mode()
def judge(network: SoundClassifier, sound: np.ndarray) -> tuple[Tensor, Tensor]:
    """Features `[clip, feature]` and posteriors `[clip, class]` of sounds, each scaled to a peak of 1."""
    place = next(network.parameters()).device
    peak = np.abs(sound).max(-1, keepdims=True)
    scaled = torch.from_numpy(sound / np.where(peak > 0, peak, 1)).float()
    features = torch.cat([network.features(part.to(place)) for part in scaled.split(BATCH)])
    return features.cpu(), network.decide(features).softmax(1).cpu()


def _mean(system: str, reference: tuple, results: Sequence[tuple], label: np.ndarray, seed: int) -> dict[str, object]:
    scores = pd.DataFrame([_scores(reference, result, label, seed) for result in results])
    return {"system": system, **scores.mean().to_dict(), "n": len(label), "seeds": len(results)}


def _scores(reference: tuple, result: tuple, label: np.ndarray, seed: int) -> dict[str, float]:
    decision = result[1].argmax(1).numpy()
    return {
        "fid": metrics.fid(reference[0], result[0]),
        "kid": metrics.kid(reference[0], result[0], seed),
        "kl": metrics.kl(reference[1], result[1]),
        "accuracy": metrics.accuracy(label, decision),
        "macro_accuracy": metrics.macro_accuracy(label, decision),
    }


def _interval(
    system: str, results: Sequence[tuple], label: np.ndarray, video: np.ndarray, chance: float, seed: int
) -> dict[str, object]:
    decision = np.concatenate([result[1].argmax(1).numpy() for result in results])
    clips = len(label)
    label, video = np.tile(label, len(results)), np.tile(video, len(results))
    low, high = metrics.accuracy_interval(label, decision, video, seed)
    return {
        "system": system,
        "accuracy": metrics.accuracy(label, decision),
        "low": low,
        "high": high,
        "chance": chance,
        "n": clips,
        "videos": len(np.unique(video)),
    }
