"""Things unlike any that was trained on: how systems do by how far the physics lies from that of the training clips.

How far is the least root mean square difference, in dB, of the energies of a clip's own modes, in bins and as they fall
(`diffusion.energy_encoder`), to those of a training clip.

Columns: `variant`, the training that lacked some things, whose distances are taken; `trained`, "without" them or "with
all", for comparison; `system`; `part` of the test clips: "left out" of that training, "seen", or a quarter of all by
distance; means over the part's `n` clips of the `distance` (dB), the `accuracy` with its 95 % interval over `videos`,
`kl` (nats) and `log_distance`, over seeds too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.diffusion.energy_encoder import FLOOR, modal_energy
from impactsound.evaluation import metrics
from impactsound.evaluation.classifier import SoundClassifier
from impactsound.evaluation.comparison import judge
from impactsound.evaluation.physics import distances

QUARTERS = ("nearest quarter", "second quarter", "third quarter", "farthest quarter")
BATCH = 256  # clips compared with all of the training at a time


@dataclass(frozen=True)
class Heard:
    """What is asked of the test clips' sounds by one system, `[clip]` each."""

    decision: np.ndarray
    kl: np.ndarray
    log_distance: np.ndarray


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


def heard(network: SoundClassifier, real: np.ndarray, sound: np.ndarray, clip: Clip) -> Heard:
    """Judge a system's sounds beside the real ones, `[clip, time]` each."""
    (_, true), (_, named) = (judge(network, each) for each in (real, sound))
    tiny = torch.finfo(torch.float64).tiny
    p, q = (posterior.double().clamp_min(tiny) for posterior in (true, named))
    near = distances(torch.from_numpy(real), {"sound": torch.from_numpy(sound)}, clip)["log_distance_sound"]
    return Heard(named.argmax(1).numpy(), (p * (p.log() - q.log())).sum(1).numpy(), near.numpy())


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
    sounds: Mapping[tuple[str, str], Sequence[Heard]],
    label: np.ndarray,
    video: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    """The table.

    Args:
        variants: of each variant the clips' distance from its training, and whether they were left out of it.
        sounds: of each variant ("" for the training with all) and system what was heard, a seed each.
        label: the clips' materials; video: of each clip.

    Shape:
        - Input: `[clip]` each
    """
    rows = [
        {"variant": variant, "trained": "without" if trained else "with all", "system": system, "part": name}
        | _scores(found, rows, distance, label, video, seed)
        for variant, (distance, out) in variants.items()
        for (trained, system), judged in sounds.items()
        if trained in ("", variant)
        for name, rows in parts(distance, out).items()
        for found in judged
    ]
    keys = ["variant", "trained", "system", "part"]
    return pd.DataFrame(rows).groupby(keys, sort=False).mean().reset_index().astype({"n": int, "videos": int})


def _scores(
    found: Heard, rows: np.ndarray, distance: np.ndarray, label: np.ndarray, video: np.ndarray, seed: int
) -> dict[str, object]:
    low, high = metrics.accuracy_interval(label[rows], found.decision[rows], video[rows], seed)
    return {
        "distance": distance[rows].mean(),
        "accuracy": metrics.accuracy(label[rows], found.decision[rows]),
        "accuracy_low": low,
        "accuracy_high": high,
        "kl": found.kl[rows].mean(),
        "log_distance": found.log_distance[rows].mean(),
        "n": int(rows.sum()),
        "videos": len(np.unique(video[rows])),
    }
