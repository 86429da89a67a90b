"""A model: one directory with all that dubbing needs, which can be copied to a machine that never trained.

`model.json` is as `settings` says, the weights are safetensors and the bank is HDF5; `network.safetensors` is absent
where the system only renders.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from impactsound import weights
from impactsound.config import Clip
from impactsound.diffusion import build
from impactsound.dubbing import bank as banks
from impactsound.dubbing.bank import Bank
from impactsound.dubbing.settings import BANK, FILES, WEIGHTS, Settings, of_this_version, read_settings
from impactsound.errors import InputError
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.vision.tsm import TSM


@dataclass(frozen=True)
class Model:
    """A model in memory.

    id: 16 hex digits that tell one from another; vision: the visual encoder; renderer: of the residual; network: None
    where the system only renders; onset: path of the onset detector's weights.
    """

    id: str
    settings: Settings
    vision: TSM
    renderer: ResidualEncoder
    network: nn.Module | None
    bank: Bank
    onset: Path

    @property
    def clip(self) -> Clip:
        """The lengths of a clip."""
        return self.settings.clip

    @property
    def device(self) -> torch.device:
        """Where the networks are; the physics is on the CPU."""
        return next(self.vision.parameters()).device

    @classmethod
    def load(cls, directory: str | Path, device: str | torch.device = "cpu") -> "Model":
        """Read a model.

        Raises:
            InputError: naming the directory or the file at fault, which is absent, of another version, or of another
                model than the others.
        """
        settings = read_settings(directory)
        paths = {name: Path(directory) / file for name, file in WEIGHTS.items()}
        model = cls(
            id=digest(directory),
            settings=settings,
            vision=_vision(paths["vision"]).to(device),
            renderer=_renderer(paths["residual"]),
            network=_network(paths["network"]).to(device) if settings.system.trained else None,
            bank=banks.read(Path(directory) / BANK),
            onset=paths["onset"],
        )
        _check_fit(model, Path(directory))
        return model


def write_model(directory: str | Path, files: Mapping[str, str | Path], bank: Bank, settings: Settings) -> None:
    """Write a model; whole or not at all.

    Args:
        files: weights by name: `vision`, `onset`, `residual` and, where the system has one, `network`.
    """
    with whole_directory(directory) as partial:
        for name, path in files.items():
            shutil.copyfile(path, partial / WEIGHTS[name])
        banks.write(partial / BANK, bank)
        settings.write(partial)


def digest(directory: str | Path) -> str:
    """Sixteen hex digits of a model's files; a card beside them does not count."""
    total = hashlib.sha256()
    for file in FILES:
        if (Path(directory) / file).is_file():
            total.update(f"{file}\0{weights.digest(Path(directory) / file)}\0".encode())
    return total.hexdigest()[:16]


@contextmanager
def whole_directory(path: str | Path) -> Iterator[Path]:
    """Yield a temporary directory beside `path`; on success it takes the place of what is there."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=path.parent) as folder:
        partial = Path(folder) / "new"
        partial.mkdir()
        yield partial
        if path.exists():
            path.replace(Path(folder) / "old")
        partial.replace(path)


def _vision(path: Path) -> TSM:
    with of_this_version(path):
        return weights.load(path, TSM(**weights.config(path)))


def _renderer(path: Path) -> ResidualEncoder:
    with of_this_version(path):
        known = weights.config(path)
        return weights.load(path, ResidualEncoder(Clip(**known.pop("clip")), **known))


def _network(path: Path) -> nn.Module:
    with of_this_version(path):
        return build.load(path)[0]


def _check_fit(model: Model, directory: Path) -> None:
    """Raise an InputError unless the files are of one model."""
    bands, scales = len(model.renderer.noise), model.renderer.parametrisation
    told = {"visual": (model.bank.latent.shape[1],), "residual": (len(scales.kinds), bands)}
    told["modes"], told["rendered"] = (3, model.clip.n_bins), (1, model.clip.n_bins, model.clip.n_steps)
    shapes = model.network.encoder.shapes if model.network is not None else {}
    fits = {
        "vision": model.bank.encoder == weights.digest(directory / WEIGHTS["vision"]),
        "residual": model.bank.physics.residual.weight.shape[1] == bands
        and model.renderer.noise.shape[1] == model.clip.n_samples,
        "network": all(tuple(shape) == told.get(name) for name, shape in shapes.items()),
    }
    for name, fit in fits.items():
        if not fit:
            raise InputError(f"{directory}: {WEIGHTS[name]} does not belong to what is beside it; copy the model again")
