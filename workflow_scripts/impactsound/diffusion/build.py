"""A denoiser from its settings, as the header of its weights keeps them."""

from collections.abc import Mapping
from pathlib import Path

from impactsound import weights
from impactsound.config import Clip
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.unet import UNetSettings


def build(settings: Mapping) -> Denoiser:
    """A denoiser with fresh weights.

    Args:
        settings: `clip`, `unet`, `visual_dim`, `residual`, `physics`; what else is there is not needed here.
    """
    return Denoiser(
        Clip(**settings["clip"]),
        UNetSettings(**settings["unet"]),
        settings["visual_dim"],
        settings["residual"],
        settings["physics"],
    )


def load(path: str | Path) -> tuple[Denoiser, dict]:
    """A trained denoiser and its settings."""
    settings = weights.config(path)
    return weights.load(path, build(settings)), settings
