"""The tiny model in memory, and hits matched with its bank."""

from pathlib import Path

import pytest
import torch

from impactsound.dubbing.hits import Hits
from impactsound.dubbing.match import match
from impactsound.dubbing.model import Model
from tiny_model import CLIP, made_model


@pytest.fixture(scope="session")
def tiny_modal(tmp_path_factory) -> Path:
    """The directory of a tiny model that renders modes and residual, without a network; to be read."""
    return made_model(tmp_path_factory.mktemp("models") / "modal", "modal")


@pytest.fixture(scope="session")
def model(tiny_model) -> Model:
    """The tiny model in memory."""
    return Model.load(tiny_model)


@pytest.fixture(scope="session")
def latent(model) -> torch.Tensor:
    """What is seen of four hits, `[hit, latent]`: near an entry of each material, and far from all."""
    near = torch.from_numpy(model.bank.latent[[1, 5, 9, 2]])
    away = torch.tensor([0.1, 0.1, 0.1, 9.0])[:, None]
    return near + away * torch.randn(near.shape, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="session")
def hits(model, latent) -> Hits:
    """Four hits of a video of three seconds."""
    found = match(model, latent, [0.5, 1.0, 1.02, 2.9], [0.9, 0.25, 0.5, None])
    return Hits("clip.mp4", model.id, CLIP.sample_rate, CLIP.duration, 3.0, -6.0, tuple(found))
