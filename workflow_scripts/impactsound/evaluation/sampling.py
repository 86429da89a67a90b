"""The quality of a denoiser's sounds against how often its network is evaluated, by sampler, steps and guidance.

The table says how a setting fares and chooses none; where it is to choose one, its clips are not the test split's.
It holds no times, so that the same sounds give the same bytes.
"""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from impactsound.diffusion.sampler import evaluations
from impactsound.evaluation import metrics
from impactsound.evaluation.classifier import SoundClassifier
from impactsound.evaluation.comparison import judge
from impactsound.seeds import generator

DRAWS = 1000  # of a bootstrap
LEVELS = (0.025, 0.975)  # of a 95 % interval

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


def kid_interval(real: Tensor, generated: Tensor, seed: int = 0, draws: int = DRAWS) -> tuple[float, float]:
    """95 % bootstrap interval of `metrics.kid`, resampling clips with both of their sounds.

    How far a resampled KID lies from that of all clips, both by the U-statistic of pairs of different clips
    (Gretton et al. 2012, eq. 4), is added to `metrics.kid`, which is a mean over subsets of the clips. A clip drawn
    twice is not paired with itself: that would count its nearness to itself as nearness of the sets; a draw of one clip
    alone, which happens with a handful of them, has no pairs and is left out.

    Shape:
        - Input: `[clip, feature]` each
    """
    kid = metrics.kid(real, generated, seed)
    pairs = _pairs(real.double(), generated.double())
    clips = len(pairs)
    drawn = torch.randint(clips, (draws, clips), generator=generator(seed, "kid", "bootstrap"))
    times = torch.zeros(draws, clips, dtype=torch.float64).scatter_add_(1, drawn, torch.ones(draws, clips).double())
    resampled = ((times @ pairs) * times).sum(1) / (clips**2 - times.square().sum(1))
    off = resampled - pairs.sum() / (clips * (clips - 1))
    low, high = (kid + float(off.nanquantile(level)) for level in LEVELS)
    return low, high


def _pairs(real: Tensor, generated: Tensor) -> Tensor:
    """What each pair of clips adds to KID, `[clip, clip]`; 0 for a clip and itself."""
    across = _kernel(real, generated)
    return (_kernel(real, real) + _kernel(generated, generated) - across - across.T).fill_diagonal_(0)


def _kernel(one: Tensor, other: Tensor) -> Tensor:
    """The cubic kernel of KID (Binkowski et al. 2018), `[clip, clip]`."""
    return (one @ other.T / one.shape[1] + 1) ** 3


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
    accuracy_low, accuracy_high = metrics.accuracy_interval(label, decision, video, seed)
    return {
        "kid": metrics.kid(reference, features, seed),
        "kid_low": kid_low,
        "kid_high": kid_high,
        "accuracy": metrics.accuracy(label, decision),
        "accuracy_low": accuracy_low,
        "accuracy_high": accuracy_high,
        "n": len(label),
    }
