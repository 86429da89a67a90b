"""How good the bank is: the physics that it answers with, against the own physics of the clips that ask.

Conventions: energies are those of the modes, in bins and as they fall, in dB (`diffusion.energy_encoder`); the
strongest mode's frequency and T60 are base-2 logarithms, so that their errors are octaves and doublings, and nan where
a clip has no mode; the latent is what a network hears of the physics. Several matches are blended by the means of all
of these.

Columns of the table: `split`, settings being chosen on the validation clips and read off the test clips; `way`; means
over the `n` clips of `same`, the weight of matches of the clip's material, and over materials, `macro_same`; of the
errors `energy` (RMS, dB), `frequency` (octaves), `t60` (doublings) and `latent` (RMS); and `recall_k`, the share of
clips whose physically nearest training clip is among the first k matches.

Ways beside those of the bank: `chance`, the expectation of any training clip; `average`, all of them blended, whoever
asks; `nearest_physics`, the training clip of least `energy`, which no single match can beat; `own`, the clip itself;
`regressed`, a latent predicted from the video.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from impactsound.diffusion.energy_encoder import FLOOR, modal_energy
from impactsound.physics.modes import Modes
from impactsound.retrieval.bank import RANKED
from impactsound.retrieval.blend import blended, mix
from impactsound.seeds import seed_of

RECALLS = (1, 5, RANKED)
DRAWS = 10_000  # of the bootstrap


@dataclass(frozen=True)
class Physics:
    """What is compared of clips: energy `[clip, n]` in dB, log2 of frequency (Hz) and T60 (s) of the strongest mode,
    `[clip, 1]` each, and the latent `[clip, dim]`."""

    energy: Tensor
    frequency: Tensor
    t60: Tensor
    latent: Tensor

    def fields(self) -> dict[str, Tensor]:
        """By name."""
        return dict(vars(self))


def physics_of(slots: Tensor, modes: Modes, latent: Tensor) -> Physics:
    """The physics of clips, from their slots `[clip, 3, bin]`, modes `[clip, mode]` and latent."""
    strongest = modes.power.argmax(dim=1, keepdim=True)
    frequency, t60, power = (values.gather(1, strongest) for values in (modes.frequency, modes.t60, modes.power))
    logs = (torch.where(power > -torch.inf, values.log2(), torch.nan) for values in (frequency, t60))
    return Physics(modal_energy(slots).flatten(1) * -FLOOR, *logs, latent)


def errors(found: Mapping[str, Tensor], own: Physics) -> dict[str, np.ndarray]:
    """Root mean square error of each field that was found, `[clip]`; of a single number, its absolute error."""
    return {
        name: (values - own.fields()[name]).square().mean(dim=1).sqrt().double().numpy()
        for name, values in found.items()
    }


def distances(bank: Physics, own: Physics) -> dict[str, Tensor]:
    """The same from every clip to every entry of the bank, `[clip, entry]`."""
    return {
        name: torch.cdist(values, bank.fields()[name]) / values.shape[1] ** 0.5 for name, values in own.fields().items()
    }


@dataclass(frozen=True)
class Question:
    """The clips of a split, and what they are asked of: their own physics, material and video, and the bank."""

    own: Physics
    material: np.ndarray
    video: np.ndarray
    bank: Physics
    bank_material: np.ndarray

    def score(self, rows: np.ndarray, weight: np.ndarray, nearest: np.ndarray) -> pd.DataFrame:
        """Measures of each clip's matches, a row a clip.

        Args:
            rows: of the bank, by distance; weight: of each in the blend; nearest: the physically nearest entry.

        Shape:
            - Input: `[clip, k]`, `[clip, k]`, `[clip]`
        """
        same = (weight.astype(float) * (self.bank_material[rows] == self.material[:, None])).sum(1)
        found = {name: _mean(values, *blended(rows, weight)) for name, values in self.bank.fields().items()}
        first = rows == nearest[:, None]
        recall = {f"recall_{k}": first[:, :k].any(1).astype(float) for k in RECALLS}
        return pd.DataFrame({"same": same, **errors(found, self.own), **recall})

    def nearest(self, ways: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, pd.DataFrame]:
        """The measures `same` and `energy` of each clip's nearest match alone, by every way, as of `scores`."""
        found = {way: rows[:, 0] for way, (rows, _) in ways.items()}
        return {
            way: pd.DataFrame(
                {
                    "same": (self.bank_material[first] == self.material).astype(float),
                    "energy": errors({"energy": self.bank.energy[first]}, self.own)["energy"],
                }
            )
            for way, first in found.items()
        }

    def scores(self, ways: Mapping[str, tuple[np.ndarray, np.ndarray]], regressed: Tensor) -> dict[str, pd.DataFrame]:
        """Measures of each clip by every way, those of the bank and those beside it.

        Args:
            ways: rows and weights of each, as of `score`; regressed: latents, `[clip, dim]`.
        """
        apart = distances(self.bank, self.own)
        ranked = apart["energy"].argsort(dim=1, stable=True).numpy()
        nearest, entries = ranked[:, 0], len(self.bank_material)
        chance = {"same": (self.material[:, None] == self.bank_material).mean(1)}
        chance |= {name: values.nanmean(1).double().numpy() for name, values in apart.items()}
        chance |= {f"recall_{k}": min(k, entries) / entries for k in RECALLS}
        single = np.eye(1, entries, dtype=np.float32).repeat(len(nearest), axis=0)
        average = {name: values.nanmean(dim=0, keepdim=True) for name, values in self.bank.fields().items()}
        return {
            "chance": pd.DataFrame(chance),
            "average": pd.DataFrame({"same": chance["same"], **errors(average, self.own)}),
            **{way: self.score(*found, nearest) for way, found in ways.items()},
            "regressed": pd.DataFrame(errors({"latent": regressed}, self.own)),
            "nearest_physics": self.score(ranked, single, nearest),
            "own": pd.DataFrame({"same": np.ones(len(nearest)), **errors(self.own.fields(), self.own)}),
        }

    def table(self, scores: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Means over the clips, a row a way."""
        rows = []
        for way, found in scores.items():
            means = found.mean().to_dict()
            if "same" in found:
                means["macro_same"] = found["same"].groupby(self.material).mean().mean()
            rows.append({"way": way, **means, "n": len(found), "videos": len(np.unique(self.video))})
        order = ["way", "same", "macro_same", *self.own.fields(), *(f"recall_{k}" for k in RECALLS), "n", "videos"]
        return pd.DataFrame(rows)[order]

    def intervals(self, scores: Mapping[str, pd.DataFrame], to: str, seed: int) -> pd.DataFrame:
        """95 % bootstrap intervals over videos, a row a way and measure: of the mean, and of its difference to a way.

        Args:
            to: the way that others are compared with, on the same draws.
        """
        drawn = {way: resampled_means(found, self.video, seed) for way, found in scores.items()}
        return pd.DataFrame(
            {"way": way, "measure": name, "mean": found[name].mean()}
            | _interval("mean", drawn[way][name])
            | ({"difference": found[name].mean() - scores[to][name].mean()} if name in drawn[to] else {})
            | (_interval("difference", drawn[way][name] - drawn[to][name]) if name in drawn[to] else {})
            for way, found in scores.items()
            for name in found
        )


def resampled_means(values: pd.DataFrame, video: np.ndarray, seed: int, draws: int = DRAWS) -> pd.DataFrame:
    """Means of each column over as many videos, drawn with replacement, with all of their clips; nan is left out.

    Shape:
        - Input: a row a clip, `[clip]`
        - Output: a row a draw
    """
    by_video = values.groupby(video)
    total, count = by_video.sum().to_numpy(), by_video.count().to_numpy()
    rng = np.random.default_rng(seed_of(seed, "bootstrap"))
    times = rng.multinomial(len(total), np.full(len(total), 1 / len(total)), size=draws)  # each video is drawn
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(times @ total / (times @ count), columns=values.columns)


def _mean(values: Tensor, rows: np.ndarray, weight: np.ndarray) -> Tensor:
    """Weighted means of entries, of those that are not nan."""
    known = ~values.isnan()
    return mix(values.where(known, 0.0), rows, weight) / mix(known.to(values), rows, weight)


def _interval(name: str, drawn: pd.Series) -> dict[str, float]:
    low, high = drawn.quantile([0.025, 0.975])
    return {f"{name}_low": low, f"{name}_high": high}
