"""How well sounds are recognised as what was struck.

Conventions: labels and decisions are class numbers `[clip]`, in the same order; the true one comes first. No clips at
all, and lists that differ in length, are a ValueError, never a nan. Accuracies lie in [0, 1].
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impactsound.evaluation.resampling import interval, means, resample


def validate(label: np.ndarray, decision: np.ndarray) -> None:
    """Raise a ValueError unless there are as many decisions as labels, and at least one."""
    if len(label) == 0 or len(label) != len(decision):
        raise ValueError(f"{len(label)} labels for {len(decision)} decisions")


def accuracy(label: np.ndarray, decision: np.ndarray) -> float:
    """Share of clips recognised as what they are."""
    validate(label, decision)
    return float(np.mean(label == decision))


def macro_accuracy(label: np.ndarray, decision: np.ndarray) -> float:
    """Mean over the classes that occur of the share recognised, so that each class counts the same."""
    validate(label, decision)
    return macro_mean(label == decision, label)


def macro_mean(values: np.ndarray, label: np.ndarray) -> float:
    """Mean over the classes that occur of the mean over a class's clips.

    >>> macro_mean(np.array([1.0, 0.0, 1.0]), np.array([0, 0, 2]))
    0.75
    """
    total, count = np.bincount(label, weights=values), np.bincount(label)
    return float(np.mean(total[count > 0] / count[count > 0]))


def majority_share(label: np.ndarray) -> float:
    """The accuracy of always naming the commonest class."""
    validate(label, label)
    return float(np.bincount(label).max() / len(label))


def accuracy_interval(
    label: np.ndarray, decision: np.ndarray, group: np.ndarray, seed: int = 0, draws: int = 10_000
) -> tuple[float, float]:
    """95 % bootstrap interval of the accuracy, resampling whole groups (videos), whose hits are alike.

    Args:
        group: name or number of each clip's video.
    """
    validate(label, decision)
    return interval(means(label == decision, resample(group, seed, draws)))


def confusion(label: np.ndarray, decision: np.ndarray, classes: int) -> np.ndarray:
    """How many clips of each class are named what, `[true, named]`."""
    validate(label, decision)
    return np.bincount(label * classes + decision, minlength=classes**2).reshape(classes, classes)


def confusion_rows(system: str, label: np.ndarray, decision: np.ndarray, materials: Sequence[str]) -> pd.DataFrame:
    """The same as a table of `system`, `true`, `named` and `count`: a row a pair of materials, in their order."""
    count = confusion(label, decision, len(materials))
    true, named = np.indices(count.shape).reshape(2, -1)
    names = np.asarray(materials, dtype=object)
    return pd.DataFrame({"system": system, "true": names[true], "named": names[named], "count": count.ravel()})
