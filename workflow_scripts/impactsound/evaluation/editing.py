"""The table of edits: the change asked of the physics, and the change heard in the sounds that systems make of it.

Columns: `system`; `edit`, by its name in the config, and its `kind`; `measure` and `unit` of a change that the edit is
for (`evaluation.editing_measures`); `nominal`, the change by the law of the edit; `asked`, the median over clips of
what the measure finds in the sounds rendered from the edited and the unedited physics that the system is told;
`obtained`, the same of the sounds that it makes, with its 95 % interval, by a bootstrap over clips;
`correlation` over clips of what is obtained with what is asked, which says little where all are asked for the same;
`right`, the share of clips that change in the nominal's direction; `n` clips. Clips of which a measure finds nothing,
asked or obtained, are left out; figures that cannot be had of the rest are empty.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import bootstrap
from torch import Tensor

from impactsound.config import Clip
from impactsound.evaluation.editing_kinds import Edit
from impactsound.evaluation.editing_measures import MEASURES
from impactsound.physics.modes import Modes
from impactsound.seeds import seed_of

DRAWS = 2000  # of a bootstrap
CONSTANT = 1e-9  # spread below which nothing can be correlated with it


@dataclass(frozen=True)
class Answer:
    """A system's answer to the edits; the first sound of a clip is unedited, then comes one an edit.

    modes: the unedited ones, `[clip, mode]`; asked: the physics rendered; obtained: what the system made of it;
    `[1 + edit, clip, time]` each.
    """

    modes: Modes
    asked: Tensor
    obtained: Tensor


def editing_table(edits: Mapping[str, Edit], answers: Mapping[str, Answer], clip: Clip, seed: int) -> pd.DataFrame:
    """A row a system, an edit and a measure that it is for.

    Args:
        answers: by system, with the edits in their order.
    """
    rows = []
    for system, answer in answers.items():
        for place, (name, edit) in enumerate(edits.items(), start=1):
            asked, obtained = (
                edit.heard(answer.modes, sound[0], sound[place], clip) for sound in (answer.asked, answer.obtained)
            )
            for measure, nominal in edit.asks.items():
                row = {"system": system, "edit": name, "kind": edit.kind, "measure": measure}
                row |= {"unit": MEASURES[measure].unit, "nominal": nominal}
                rows.append(row | scores(nominal, asked[measure].numpy(), obtained[measure].numpy(), seed))
    return pd.DataFrame(rows)


def scores(nominal: float, asked: np.ndarray, obtained: np.ndarray, seed: int) -> dict[str, object]:
    """The figures of a row from the changes of the clips, `[clip]` each; nan where there are too few of them."""
    there = np.isfinite(asked) & np.isfinite(obtained)
    asked, obtained = asked[there], obtained[there]
    low, high = _interval(obtained, seed)
    return {
        "asked": _median(asked),
        "obtained": _median(obtained),
        "obtained_low": low,
        "obtained_high": high,
        "correlation": _correlation(asked, obtained),
        "right": float(np.mean(np.sign(obtained) == np.sign(nominal))) if len(obtained) else math.nan,
        "n": len(obtained),
    }


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else math.nan


def _interval(values: np.ndarray, seed: int) -> tuple[float, float]:
    """95 % interval of the median, by percentiles of the bootstrap's."""
    if len(values) < 2:
        return math.nan, math.nan
    random = np.random.default_rng(seed_of(seed, "editing", "bootstrap"))
    found = bootstrap((values,), np.median, n_resamples=DRAWS, method="percentile", rng=random)
    return float(found.confidence_interval.low), float(found.confidence_interval.high)


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if len(one) < 3 or min(one.std(), other.std()) < CONSTANT:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])
