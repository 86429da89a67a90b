"""Training of any network here, on one device or several: from `fit` (the loop) to what it is made of."""

from impactsound.training.gradient import Batch, batch_rows
from impactsound.training.loop import fit, run_directory
from impactsound.training.settings import Training

__all__ = ["Batch", "Training", "batch_rows", "fit", "run_directory"]
