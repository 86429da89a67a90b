"""The sound of clips' physics priors, their modes and residual, from the files that hold them."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from impactsound import store
from impactsound.config import Clip
from impactsound.physics.modes import render_modes
from impactsound.physics.priors import read_modes
from impactsound.physics.residual import Residual, noise_bands, render_residual


def render_priors(modes: str | Path, residual: str | Path, clips: Sequence[str], clip: Clip) -> Tensor:
    """The sound of modes and residual; a clip may be asked for more than once.

    Shape:
        - Output: `[clip, time]`
    """
    found, onset = read_modes(modes, clips)
    with store.open(residual, "residual/2") as file:
        settings, rows = json.loads(file.attrs["config"]), store.rows(file, clips)
        bands = Residual(*(torch.from_numpy(file[field][:][rows]) for field in ("weight", "delay", "t60")))
    noise = noise_bands(settings["bands"], clip.n_samples, clip.sample_rate, settings["seed"])
    modal = render_modes(found, clip.n_samples, clip.sample_rate, onset)
    return modal + render_residual(bands, noise, clip.sample_rate)
