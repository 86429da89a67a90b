"""What the script of a training rule does around its training: where the checkpoint lies, and what is written."""

from pathlib import Path

import pandas as pd
from torch import nn

from impactsound import weights
from impactsound.files import atomic
from impactsound.training.loop import run_directory


def run_folder(snakemake) -> Path:
    """Where a training rule keeps its checkpoint: beside its model, by the hash of its params and inputs."""
    return run_directory(snakemake.output.model, dict(snakemake.params), list(snakemake.input))


def save_trained(snakemake, network: nn.Module, config: dict, history: pd.DataFrame) -> None:
    """Write the two outputs of a training rule: the weights with their settings, and the loss curve."""
    weights.save(snakemake.output.model, network, config)
    with atomic(snakemake.output.history) as partial:
        history.to_csv(partial, index=False)
