"""The generator's presets, from the workflow's config files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import yaml
from torch import Tensor

from impactsound.config import Clip
from impactsound.diffusion.build import build
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.objective import Objective
from impactsound.physics.parametrisation import Parametrisation
from impactsound.training import Training

ROOT = Path(__file__).parents[1]
VISUAL_DIM = 512


@dataclass(frozen=True)
class Preset:
    """A name, and the config files whose settings it has, the later over the earlier.

    clips: how many are sampled on a CPU; evaluations: how many of the network are timed there, at most as many as it
    takes.
    """

    name: str
    files: tuple[str, ...]
    clips: int
    evaluations: int

    @property
    def config(self) -> dict:
        """All settings."""
        found: dict = {}
        for file in self.files:
            _update(found, yaml.safe_load((ROOT / file).read_text()))
        return found

    @property
    def clip(self) -> Clip:
        """The clip's settings."""
        return Clip(**self.config["clip"])

    @property
    def training(self) -> Training:
        """How its denoiser is trained."""
        return Training(**self.config["diffusion"]["training"])

    @property
    def objective(self) -> Objective:
        """What its denoiser learns."""
        return Objective(**self.config["diffusion"]["objective"])

    def denoiser(self) -> Denoiser:
        """The denoiser of the system `physics`, untrained."""
        config = self.config
        settings = config["diffusion"]
        apart = ("training", "objective", "dropout", "physics", "sketch")
        return build(
            {
                "clip": config["clip"],
                "kind": "diffusion",
                "told": self.shapes,
                "network": {name: value for name, value in settings.items() if name not in apart},
                "prediction": self.objective.prediction,
                "physics": settings["physics"],
                "sketch": settings["sketch"],
            }
        )

    @property
    def shapes(self) -> dict[str, list[int]]:
        """The shape of each part that is told."""
        residual = self.config["residual"]
        scales = (residual["parametrisation"], residual["t60_range"], residual["latest_delay"])
        bands = [len(Parametrisation.of(*scales).kinds), residual["bands"]]
        return {"visual": [VISUAL_DIM], "modes": [3, self.clip.n_bins], "residual": bands}

    def told(self, clips: int, device: str) -> dict[str, Tensor]:
        """Noise, in the place of what is told."""
        return {name: torch.rand(clips, *shape, device=device) for name, shape in self.shapes.items()}


def _update(config: dict, overlay: Mapping) -> None:
    for key, value in overlay.items():
        if isinstance(value, Mapping) and isinstance(config.get(key), dict):
            _update(config[key], value)
        else:
            config[key] = value


LARGE = ("config.yaml", "configs/simulated-10k.yaml")
PRESETS = {
    preset.name: preset
    for preset in (
        Preset("demo", ("config.yaml",), clips=50, evaluations=100),
        Preset("modern", (*LARGE, "configs/modern.yaml"), clips=4, evaluations=100),
        Preset("paper", (*LARGE, "configs/paper.yaml"), clips=4, evaluations=3),
    )
}
