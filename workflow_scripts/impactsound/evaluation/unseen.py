"""Things unlike any that was trained on: how systems do by how far the physics lies from that of the training clips.

How far is the least root mean square difference, in dB, of the energies of a clip's own modes, in bins and as they fall
(`diffusion.energy_encoder`), to those of a training clip.

Columns: `variant`, the training that lacked some things, whose distances are taken; `trained`, "without" them or "with
all", for comparison; `system`; `part` of the test clips: "left out" of that training, "seen", or a quarter of all by
distance; means over the part's `n` clips, and over seeds, of the `distance` (dB), and with 95 % intervals over `videos`
of the `accuracy`, `kl` (nats) and `log_distance`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from impactsound.diffusion.energy_encoder import FLOOR, modal_energy
from impactsound.evaluation.judged import Judged
from impactsound.evaluation.resampling import interval, means, resample

QUARTERS = ("nearest quarter", "second quarter", "third quarter", "farthest quarter")
FIGURES = ("accuracy", "kl", "log_distance")
BATCH = 256  # clips compared with all of the training at a time


def physics_distance(slots: Tensor, training: Tensor) -> Tensor:
    """dB from each clip to the nearest training clip.

    Shape:
        - Input: `[clip, 3, bin]` each, as `physics.slots.normalise` gives them
        - Output: `[clip]`
    """
    known = modal_energy(training).flatten(1)
    nearest = [torch.cdist(modal_energy(part).flatten(1), known).amin(1) for part in slots.split(BATCH)]
    return torch.cat(nearest) / known.shape[1] ** 0.5 * -FLOOR


def parts(distance: np.ndarray, out: np.ndarray) -> dict[str, np.ndarray]:
    """The parts of the test clips by name, bool `[clip]` each; those that are empty are absent.

    Args:
        distance: of each clip; out: whether it is of what was left out of training.
    """
    edges = np.quantile(distance, [0.25, 0.5, 0.75])
    quarter = np.searchsorted(edges, distance, side="left")
    found = {"seen": ~out, "left out": out} | {name: quarter == place for place, name in enumerate(QUARTERS)}
    return {name: rows for name, rows in found.items() if rows.any()}


def clips_table(
    variants: Mapping[str, tuple[np.ndarray, np.ndarray]], clips: Sequence[str], video: np.ndarray
) -> pd.DataFrame:
    """A row a variant and test clip: `distance` (dB) from its training, and whether it was `left_out` of it."""
    rows = [
        pd.DataFrame({"variant": variant, "clip": clips, "video": video, "distance": distance, "left_out": out})
        for variant, (distance, out) in variants.items()
    ]
    return pd.concat(rows, ignore_index=True)


def unseen_table(
    variants: Mapping[str, tuple[np.ndarray, np.ndarray]],
    sounds: Mapping[tuple[str, str], Judged],
    video: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    """The table.

    Args:
        variants: of each variant the clips' distance from its training, and whether they were left out of it.
        sounds: of each variant ("" for the training with all) and system what was judged.
        video: of each clip.

    Shape:
        - Input: `[clip]` each
    """
    return pd.DataFrame(
        {"variant": variant, "trained": "without" if trained else "with all", "system": system, "part": name}
        | _scores(judged, rows, distance, video, seed)
        for variant, (distance, out) in variants.items()
        for (trained, system), judged in sounds.items()
        if trained in ("", variant)
        for name, rows in parts(distance, out).items()
    )


def _scores(judged: Judged, rows: np.ndarray, distance: np.ndarray, video: np.ndarray, seed: int) -> dict[str, object]:
    figures = {name: judged.figures[name].mean(0)[rows] for name in FIGURES}
    drawn = resample(video[rows], seed)
    scores = {"distance": distance[rows].mean()}
    for name, values in figures.items():
        low, high = interval(means(values, drawn))
        scores |= {name: values.mean(), f"{name}_low": low, f"{name}_high": high}
    return scores | {"n": int(rows.sum()), "videos": len(np.unique(video[rows]))}
