"""Whether two systems differ on the same clips.

Conventions: a difference is that of a clip's figures, nan where one is unknown, and left out. The hits of a video are
alike: under the hypothesis that it does not matter which system is which, the sign of a video's differences is a
coin's, that of all of its hits at once (Fisher 1935). Of clips that are right or wrong, each a video by itself, this
is the exact test of McNemar (1947). All signs are tried where they are few, else so many random ones, the data's own
counted among them, so that no p is 0 (Phipson and Smyth 2010). No clips are a ValueError.
"""

import numpy as np

from impactsound.seeds import seed_of

EXACT = 14  # videos that differ, up to which all signs are tried
FLIPS = 20_000  # random signs else
BATCH = 2000  # of them in memory at a time


def sign_flip(difference: np.ndarray, group: np.ndarray, seed: int = 0) -> float:
    """Two-sided p of the mean difference over the clips.

    Args:
        difference: of each clip; group: name or number of its video.

    Shape:
        - Input: `[clip]` each
    """
    known = ~np.isnan(difference)
    if not known.any():
        raise ValueError("there are no clips to compare")
    _, member = np.unique(group[known], return_inverse=True)
    total = np.bincount(member, weights=difference[known])
    total = total[total != 0]  # the sign of what is equal does not matter
    observed = abs(total.sum()) * (1 - 1e-9)  # ties are ties, whatever the order of a sum
    if len(total) <= EXACT:
        signs = 1 - 2 * (np.arange(2 ** len(total))[:, None] >> np.arange(len(total)) & 1)
        return float(np.mean(np.abs(signs @ total) >= observed))
    rng = np.random.default_rng(seed_of(seed, "sign flip"))
    drawn = (rng.integers(2, size=(BATCH, len(total)), dtype=np.int8) for _ in range(FLIPS // BATCH))
    beyond = sum(np.count_nonzero(np.abs((1 - 2 * signs) @ total) >= observed) for signs in drawn)
    return (1 + beyond) / (1 + FLIPS)


def holm(p: np.ndarray) -> np.ndarray:
    """The p values of a table, corrected so that one below 0.05 is by chance there in 5 % of tables (Holm 1979).

    >>> holm(np.array([0.04, 0.01, 0.03])).round(9).tolist()
    [0.06, 0.03, 0.06]
    """
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)).clip(max=1)
    corrected = np.empty(len(p))
    corrected[order] = stepped
    return corrected
