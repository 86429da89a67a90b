"""A generator from its settings, as the header of its weights keeps them."""

import inspect
from collections.abc import Mapping
from pathlib import Path

from torch import nn

from impactsound import plugins, weights
from impactsound.config import Clip
from impactsound.diffusion.condition import ConditionEncoder
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.regression import Regression
from impactsound.diffusion.unet import UNetSettings
from impactsound.errors import InputError


def build(settings: Mapping) -> nn.Module:
    """A generator with fresh weights, a `Denoiser` or a `Regression`.

    Args:
        settings: `clip`; `kind`, "diffusion" or a module of `networks`; `told`, the shape of each part that it is told;
            `network`, the settings of its network; and of a denoiser `prediction`, `sketch` and `physics`, as
            `Denoiser` and `ConditionEncoder` take them.

    Raises:
        InputError: if there is no network of that kind, or it does not take these settings.
    """
    clip, encoder = Clip(**settings["clip"]), ConditionEncoder(settings["told"], settings.get("physics", "energies"))
    if settings["kind"] == "diffusion":
        unet = UNetSettings(**settings["network"])
        return Denoiser(clip, unet, encoder, settings["prediction"], settings["sketch"])
    return Regression(encoder, _network(settings["kind"], clip, encoder.dim, settings["network"]))


def load(path: str | Path) -> tuple[nn.Module, dict]:
    """A trained generator and its settings."""
    settings = weights.config(path)
    return weights.load(path, build(settings)), settings


def _network(kind: str, clip: Clip, told: int, settings: Mapping) -> nn.Module:
    network = plugins.load(plugins.NETWORKS, kind, "systems.makes", "Network")
    try:
        inspect.signature(network).bind(clip, told, **settings)
    except TypeError as error:
        raise InputError(f"config: the network {kind!r} does not take its settings: {error}") from None
    return network(clip, told, **settings)
