"""The comparison of systems, or of whatever else made sounds for the same clips: rows of any name.

Conventions: a figure is the mean over a row's seeds; `_std` is the standard deviation over them, empty for one; `_low`
and `_high` are its 95 % bootstrap interval over the videos of the clips, as of `bootstrap`; the clips of a single video
are taken for as many videos. What a figure is, is said in `metrics` (fid, kid, kad, kl), `recognition` (accuracy,
macro_accuracy), `reconstruction` (log_distance), `descriptors` (the errors) and, of further figures, in the modules of
`measures` that they are named after. All rows are of the same `n` clips, and a row of other clips is a ValueError.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from impactsound.errors import InputError
from impactsound.evaluation import metrics
from impactsound.evaluation.bootstrap import PAIR_DRAWS, around, frechet_draws
from impactsound.evaluation.classifier import SoundClassifier
from impactsound.evaluation.judged import Extractor, Judged, Measure, hear, judge_system
from impactsound.evaluation.paired import holm, sign_flip
from impactsound.evaluation.recognition import confusion_rows, macro_mean, majority_share
from impactsound.evaluation.resampling import interval, means, pair_means, resample

SETS = ("fid", "kid", "kl", "accuracy", "macro_accuracy", "kad")
COLUMNS = (*SETS, "log_distance", "centroid_error", "decay_error", "loudness_error")
PAIRED = ("accuracy", "kl", "log_distance")  # of which differences are tested

Figure = tuple[Sequence[float], tuple[float, float]]  # by seed; the interval of their mean


def compare(
    network: SoundClassifier,
    real: np.ndarray,
    sounds: Mapping[str, Sequence[np.ndarray]],
    label: np.ndarray,
    video: np.ndarray,
    seed: int,
    extract: Extractor | None = None,
    measures: Mapping[str, Measure] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two tables of a `Comparison`, a row a system: all figures, and the accuracy's interval beside chance."""
    comparison = Comparison(network, real, sounds, label, video, seed, extract, measures)
    return comparison.scores(), comparison.accuracy()


class Comparison:
    """Every row's sounds, judged once, and the tables of them.

    Args:
        real: test sounds; sounds: each row's for the same clips, one array a seed; label: materials; video: of
            each clip; seed: of the draws; extract: features for fid, kid and kad in place of the judge's.
        measures: further figures by name, each a column of the scores and compared in pairs like accuracy.

    Shape:
        - Input: `[clip, time]` each, `[clip]`, `[clip]`
    """

    def __init__(
        self,
        network: SoundClassifier,
        real: np.ndarray,
        sounds: Mapping[str, Sequence[np.ndarray]],
        label: np.ndarray,
        video: np.ndarray,
        seed: int,
        extract: Extractor | None = None,
        measures: Mapping[str, Measure] | None = None,
    ):
        self.measures = tuple(measures or ())
        self.columns = (*COLUMNS, *self.measures)
        if taken := set(COLUMNS) & set(self.measures):
            raise InputError(
                f"config: evaluation.measures: {min(taken)!r} is a column already; name the file otherwise"
            )
        self.real = hear(network, real, extract)
        self.judged = {
            row: judge_system(network, self.real, made, label, extract, measures) for row, made in sounds.items()
        }
        self.label, self.seed = label, seed
        videos = len(np.unique(video))
        self.counts = {"n": len(label), "videos": videos}
        self.group = video if videos > 1 else np.arange(len(video))
        self.drawn = resample(self.group, seed)

    @cached_property
    def kernels(self) -> dict[str, tuple[metrics.Kernel, float]]:
        """The kernels of KID and KAD, and their scales."""
        return {
            "kid": (metrics.cubic, 1.0),
            "kad": (metrics.gaussian(metrics.bandwidth(self.real.features)), metrics.KAD_SCALE),
        }

    def scores(self) -> pd.DataFrame:
        """A row a system: `system`, its figures, their spread and intervals, `n` and `seeds`."""
        rows = []
        for system, judged in self.judged.items():
            figures = dict(self._figures(judged))
            values = {name: np.mean(figures[name][0]) for name in self.columns}
            spread = {f"{name}_{part}": each for name in self.columns for part, each in _spread(*figures[name]).items()}
            rows.append({"system": system, **values, **spread, "n": self.counts["n"], "seeds": len(judged.decision)})
        return pd.DataFrame(rows)

    def accuracy(self) -> pd.DataFrame:
        """A row a system: `system`, `accuracy`, its `low` and `high`, `chance`, `n` and `videos`."""
        rows = []
        for system, judged in self.judged.items():
            values, (low, high) = self._of_clips(judged.figures["accuracy"])
            figures = {"accuracy": np.mean(values), "low": low, "high": high, "chance": majority_share(self.label)}
            rows.append({"system": system, **figures, **self.counts})
        return pd.DataFrame(rows)

    def paired(self, reference: str) -> pd.DataFrame:
        """A row a `measure` and `system` but the `reference`: the difference to it on the same clips.

        Columns beside these: `difference`, the row's figure less the reference's, with its interval;
        `p` of no difference (see `paired`), `p_holm`, corrected for all rows of the table; `n` and `videos`.
        """
        base, rows = self.judged[reference].figures, []
        for system, judged in self.judged.items():
            for measure in (*PAIRED, *self.measures) if system != reference else ():
                difference = judged.figures[measure].mean(0) - base[measure].mean(0)
                low, high = interval(means(difference, self.drawn))
                figures = {"difference": difference.mean(), "difference_low": low, "difference_high": high}
                p = sign_flip(difference, self.group, self.seed)
                names = {"system": system, "reference": reference, "measure": measure}
                rows.append(names | figures | {"p": p, "p_holm": np.nan} | self.counts)
        parts = ["difference", "difference_low", "difference_high", "p", "p_holm", "n", "videos"]
        columns = ["system", "reference", "measure", *parts]
        table = pd.DataFrame(rows, columns=columns)
        return table.assign(p_holm=holm(table["p"].to_numpy(float)))

    def confusion(self, materials: Sequence[str]) -> pd.DataFrame:
        """How many sounds are named what: `system`, `true`, `named`, `count`, of all seeds together."""
        return pd.concat(
            [
                confusion_rows(system, np.tile(self.label, len(judged.decision)), judged.decision.ravel(), materials)
                for system, judged in self.judged.items()
            ],
            ignore_index=True,
        )

    def _figures(self, judged: Judged) -> Iterator[tuple[str, Figure]]:
        yield "fid", self._frechet(judged)
        for name, (kernel, scale) in self.kernels.items():
            yield name, self._of_pairs(judged, kernel, scale)
        right = judged.figures["accuracy"]
        macro = means(right.mean(0), self.drawn, self.label)
        yield "macro_accuracy", ([macro_mean(each, self.label) for each in right], interval(macro))
        for name, values in judged.figures.items():
            yield name, self._of_clips(values)

    def _of_clips(self, values: np.ndarray) -> Figure:
        return values.mean(1), interval(means(values.mean(0), self.drawn))

    def _of_pairs(self, judged: Judged, kernel: metrics.Kernel, scale: float) -> Figure:
        found = [metrics.pairs(self.real.features, features, kernel, self.group) for features in judged.features]
        total, count = np.mean([total for total, _ in found], axis=0), found[0][1]
        draws = scale * pair_means(total, count, self.drawn, PAIR_DRAWS)
        return [scale * metrics.mmd(*each) for each in found], interval(draws)

    def _frechet(self, judged: Judged) -> Figure:
        values = [metrics.fid(self.real.features, features) for features in judged.features]
        draws = np.mean([frechet_draws(self.real.features, each, self.drawn) for each in judged.features], axis=0)
        return values, around(float(np.mean(values)), draws)


def _spread(values: Sequence[float], limits: tuple[float, float]) -> dict[str, float]:
    std = np.std(values, ddof=1) if len(values) > 1 else np.nan
    return {"std": std, "low": limits[0], "high": limits[1]}
