"""A generator from its settings, as the header of its weights keeps them."""

from collections.abc import Mapping
from pathlib import Path

from torch import nn

from impactsound import weights
from impactsound.config import Clip
from impactsound.diffusion.condition import ConditionEncoder
from impactsound.diffusion.convnet import ConvNet
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.regression import Regression
from impactsound.diffusion.transformer import Transformer
from impactsound.diffusion.unet import UNetSettings

REGRESSIONS = {"convnet": ConvNet, "transformer": Transformer}
KINDS = ("diffusion", *REGRESSIONS)


def build(settings: Mapping) -> nn.Module:
    """A generator with fresh weights, a `Denoiser` or a `Regression`.

    Args:
        settings: `clip`; `kind`, of `KINDS`; `told`, the shape of each part that it is told; `network`, the settings of
            its network; and of a denoiser `prediction`, `sketch` and `physics`, as `Denoiser` and `ConditionEncoder`
            take them.
    """
    clip, encoder = Clip(**settings["clip"]), ConditionEncoder(settings["told"], settings.get("physics", "energies"))
    if settings["kind"] == "diffusion":
        unet = UNetSettings(**settings["network"])
        return Denoiser(clip, unet, encoder, settings["prediction"], settings["sketch"])
    return Regression(encoder, REGRESSIONS[settings["kind"]](clip, encoder.dim, **settings["network"]))


def load(path: str | Path) -> tuple[nn.Module, dict]:
    """A trained generator and its settings."""
    settings = weights.config(path)
    return weights.load(path, build(settings)), settings
