"""The quality of a denoiser's sounds against how often its network is evaluated, by sampler, steps and guidance.

The table says how a setting fares and chooses none; where it is to choose one, its clips are not the test split's.
It holds no times, so that the same sounds give the same bytes.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from torch import Tensor

from impactsound.diffusion.sampler import evaluations
from impactsound.evaluation import metrics, recognition
from impactsound.evaluation.bootstrap import kid_interval
from impactsound.evaluation.classifier import SoundClassifier
from impactsound.evaluation.judged import judge

Setting = tuple[str, int, float]  # sampler, steps, guidance


def sampling_table(
    network: SoundClassifier,
    real: np.ndarray,
    label: np.ndarray,
    video: np.ndarray,
    settings: Iterable[Setting],
    generate: Callable[[str, int, float], np.ndarray],
    seed: int,
) -> pd.DataFrame:
    """A row a setting: what it costs, and how near its sounds are to the real ones.

    `kid` and `accuracy` are those of the comparison of systems; 95 % intervals are bootstrapped, of KID over clips and
    of the accuracy over videos.

    Args:
        real: sounds of clips; label: their materials; video: of each clip.
        generate: takes a setting's sampler, steps and guidance, returns its sounds for the same clips.

    Shape:
        - Input: `[clip, time]`, `[clip]`, `[clip]`; `generate` returns `[clip, time]`
    """
    reference, _ = judge(network, real)
    rows = []
    for setting in settings:
        features, posterior = judge(network, generate(*setting))
        rows.append(_cost(*setting) | _quality(reference, features, posterior.argmax(1).numpy(), label, video, seed))
    return pd.DataFrame(rows)


def _cost(sampler: str, steps: int, guidance: float) -> dict[str, object]:
    return {
        "sampler": sampler,
        "steps": steps,
        "evaluations": evaluations(sampler, steps),
        "guidance": guidance,
    }


def _quality(
    reference: Tensor, features: Tensor, decision: np.ndarray, label: np.ndarray, video: np.ndarray, seed: int
) -> dict[str, object]:
    kid_low, kid_high = kid_interval(reference, features, seed)
    accuracy_low, accuracy_high = recognition.accuracy_interval(label, decision, video, seed)
    return {
        "kid": metrics.kid(reference, features),
        "kid_low": kid_low,
        "kid_high": kid_high,
        "accuracy": recognition.accuracy(label, decision),
        "accuracy_low": accuracy_low,
        "accuracy_high": accuracy_high,
        "n": len(label),
    }
