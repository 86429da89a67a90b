"""Loss curves of trainings, and where they are drawn."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Curve:
    """The losses of a training, `[validation]` each; the weights of the least `loss` are kept."""

    stage: str
    step: np.ndarray
    train_loss: np.ndarray
    loss: np.ndarray

    @property
    def chosen(self) -> int:
        """Which validation had the least loss."""
        return int(np.nanargmin(self.loss))

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the largest loss."""
        both = np.concatenate([self.train_loss, self.loss])
        both = both[np.isfinite(both)]
        return float(both.min()), float(both.max())

    @property
    def logarithmic(self) -> bool:
        """Whether it is drawn on a logarithmic scale."""
        return self.limits[0] > 0

    def x(self, step: float) -> float:
        """Where a step is drawn, in percent of the width from the left."""
        return 100 * float(step) / float(self.step.max())

    def y(self, loss: float) -> float:
        """Where a loss is drawn, in percent of the height from the top."""
        scaled = math.log if self.logarithmic else float
        low, high = map(scaled, self.limits)
        return 100 * (high - scaled(loss)) / (high - low) if high > low else 50.0

    def line(self, losses: np.ndarray) -> str:
        """The points of an SVG polyline."""
        points = zip(self.step, losses, strict=True)
        return " ".join(f"{self.x(step):.2f},{self.y(loss):.2f}" for step, loss in points if np.isfinite(loss))


def curve(path: str | Path, root: str | Path) -> Curve:
    """The loss curve of a `history.csv`, its stage being the folder's path from `root`; of another file, the file's."""
    table = pd.read_csv(path)
    losses = (table[name].to_numpy(dtype=float) for name in ("step", "train_loss", "loss"))
    stage = Path(path).relative_to(root).with_suffix("")
    return Curve((stage.parent if stage.name == "history" else stage).as_posix(), *losses)
