"""What noise and rooms do to the estimates: modes of disturbed recordings against the true ones, and what they rebuild.

Columns: `recording`, its `snr` (dB) and `t60` (s), empty where nothing is added; then those of the physics table: the
sounds are rebuilt from what the disturbed recordings gave, and compared with the undisturbed ones.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import Tensor

from impactsound.config import Clip
from impactsound.evaluation.physics import physics_table
from impactsound.physics.modes import Modes

CLEAN = "clean"


@dataclass(frozen=True)
class Recording:
    """What one way of recording the clips gave.

    settings: `snr` and `t60`, None where there is none; modes: those found, `[clip, mode]`; truth: the true ones at the
    same time and scale, None where nobody knows them; rebuilt: by name, sounds at the scale of the clean ones,
    `[clip, time]`.
    """

    settings: Mapping[str, float | None]
    modes: Modes
    truth: Modes | None
    rebuilt: Mapping[str, Tensor]


def noise_table(recordings: Mapping[str, Recording], sound: Tensor, clip: Clip) -> pd.DataFrame:
    """A row a recording, of all clips.

    Args:
        sound: the clean sounds, `[clip, time]`.
    """
    everything = np.full(len(sound), "all")
    rows = []
    for name, made in recordings.items():
        scores = physics_table(everything, sound, dict(made.rebuilt), made.modes, made.truth, clip).iloc[-1]
        settings = {key: math.nan if value is None else value for key, value in made.settings.items()}
        rows.append({"recording": name, **settings, **scores.drop("material").to_dict()})
    return pd.DataFrame(rows)
