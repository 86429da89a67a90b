"""The modes that are heard in each system's sounds, against those of the clip: do they ring as the true thing does?

Columns: `system`; of the modes estimated from its sounds against the clip's `recall`, `frequency_error` (Hz),
`t60_error` (re the true T60) and `spurious`, as of `modal.modal_scores`, with `n` clips and `seeds`; means over the
seeds. What counts of a clip's modes is what the physics table counts. The sounds have a peak of 1, as the clips have.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from impactsound.config import Clip
from impactsound.evaluation.modal import modal_scores
from impactsound.evaluation.physics import audible, counted, matches
from impactsound.physics.modes import Modes

FIGURES = ("recall", "frequency_error", "t60_error", "spurious")


def heard_modes_table(systems: Mapping[str, Sequence[tuple[Modes, Modes]]], clip: Clip) -> pd.DataFrame:
    """A row a system.

    Args:
        systems: of each, a seed each, the clip's modes at the onset that was found and the modes found,
            `[clip, mode]` each.

    Raises:
        ValueError: if none of the modes count.
    """
    rows = []
    for system, seeds in systems.items():
        scores = pd.DataFrame([heard_modes(truth, found, clip) for truth, found in seeds]).mean()
        rows.append({"system": system, **scores, "n": len(seeds[0][0].power), "seeds": len(seeds)})
    return pd.DataFrame(rows)


def heard_modes(truth: Modes, found: Modes, clip: Clip) -> dict[str, float]:
    """The figures of one set of sounds."""
    truth = audible(truth, clip)
    scores = modal_scores(truth, found, matches(truth, found, clip), counted(truth, clip))
    return {name: getattr(scores, name) for name in FIGURES}
