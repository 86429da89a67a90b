"""A look-ahead limiter that is local: what is far from a peak is left as it was, bit for bit.

With r[n] = min(1, c / |x[n]|) the largest gain that keeps sample n within the ceiling c, the gain applied is

    g[n] = sum_k w[k] min_{|j| <= h} r[n + k + j],   w[k] = (1 + cos(pi k / (h + 1))) / (2 (h + 1)),   |k| <= h,

the running minimum over 2 h + 1 samples, smoothed by a Hann window of as many whose weights sum to 1. Each minimum that
is averaged has r[n] in its window, so g <= r and |g x| <= c; g is 1 farther than 2 h from any peak; and it changes by
at most max(w) = 1 / (h + 1) a sample. No recursion, as in limiters with a release time, remembers a peak for longer.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from scipy.ndimage import correlate1d, maximum_filter1d


def limited(blocks: Iterable[np.ndarray], half: int, ceiling: float = 1.0) -> Iterator[np.ndarray]:
    """A sound of which no sample exceeds the ceiling, in blocks; the same bits however it is cut into blocks.

    Args:
        blocks: float `[time, channel]`, of any lengths; a peak lowers all the channels alike.
        half: h, in samples, at least 1; the output lags by 2 h, and ends with what was held back.
        ceiling: the largest magnitude, full scale being 1.

    Example:
        >>> sound = np.array([[0.5], [0.5], [2.0], [0.5], [0.5], [0.5]])
        >>> np.concatenate(list(limited([sound], half=1)))[:, 0].tolist()
        [0.4375, 0.3125, 1.0, 0.3125, 0.4375, 0.5]
    """
    if half < 1:
        raise ValueError(f"half is {half} samples; give at least 1")
    blocks = iter(blocks)
    first = next(blocks, None)
    if first is None:
        return
    reach = 2 * half
    held = silence = np.zeros((reach, first.shape[1]))  # before the first sample, and after the last
    for block in chain([first], blocks, [silence]):
        held = np.concatenate([held, block])
        whole = len(held) - reach  # up to here, all that a sample's gain depends on is held
        if whole > reach:
            lowered = held * gain(held, half, ceiling)[:, None]
            yield np.clip(lowered, -ceiling, ceiling)[reach:whole]  # g may round up in its last bit
        held = held[-2 * reach :]


def gain(sound: np.ndarray, half: int, ceiling: float) -> np.ndarray:
    """g of a whole sound `[time, channel]`, silence around it: `[time]`.

    What is smoothed is what the peaks take off, 1 - r: it is exactly 0 where there are none, while a sum of weights may
    not be quite 1. scipy's filters add in the same order at every sample, which a running sum or an FFT would not.
    """
    peak = np.abs(sound).max(axis=1, initial=0)
    if peak.max(initial=0) <= ceiling:
        return np.ones(len(sound))
    excess = np.pad(1 - ceiling / np.maximum(peak, ceiling), half)
    widest = maximum_filter1d(excess, 2 * half + 1, mode="constant")
    return 1 - correlate1d(widest, hann(half), mode="constant")[half:-half]


def hann(half: int) -> np.ndarray:
    """Weights w `[2 half + 1]` that sum to 1, of a Hann window without its zeros."""
    return (1 + np.cos(np.pi * np.arange(-half, half + 1) / (half + 1))) / (2 * (half + 1))
