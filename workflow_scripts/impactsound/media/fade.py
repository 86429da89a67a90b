"""How a sound that is cut while it may still sound is ended."""

import math

import numpy as np

FADE = 0.005  # seconds


def faded(sound: np.ndarray, sample_rate: int) -> np.ndarray:
    """A sound `[time]` whose last 5 ms fall to zero as half a cosine.

    >>> faded(np.ones(4), sample_rate=400).round(3).tolist()
    [1.0, 1.0, 0.5, 0.0]
    """
    n = min(math.ceil(FADE * sample_rate), len(sound))
    ramp = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, n + 1) / n)
    return np.concatenate([sound[: len(sound) - n], sound[len(sound) - n :] * ramp])
