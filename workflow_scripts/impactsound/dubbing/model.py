"""A model: one directory with all that dubbing needs, which can be copied to a machine that never trained.

`model.json` is as `settings` says, the weights are safetensors and the bank is HDF5; `network.safetensors` is absent
where the system only renders.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import (
    register_module_buffer_registration_hook,
    register_module_parameter_registration_hook,
)

from impactsound import weights
from impactsound.config import Clip
from impactsound.diffusion import build
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.sampler import scheduler
from impactsound.dubbing import bank as banks
from impactsound.dubbing.bank import Bank
from impactsound.dubbing.members import Members
from impactsound.dubbing.settings import (
    BANK,
    CLIP,
    FILES,
    NAME,
    WEIGHTS,
    Settings,
    of_this_version,
    read_clip,
    read_settings,
)
from impactsound.errors import InputError
from impactsound.files import beside
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
        with of_this_version(Path(directory) / NAME):
            scheduler(settings.sampling["sampler"], settings.sampling["steps"])
        _check_onset(paths["onset"])
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
        banks.write(partial / BANK, bank, settings.distance)
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
    with beside(path) as folder:
        partial = folder / "new"
        partial.mkdir()
        yield partial
        if path.exists():
            path.replace(folder / "old")
        partial.replace(path)


def _vision(path: Path) -> TSM:
    with of_this_version(path), no_larger(path):
        settings = weights.config(path) | {"weights": None}  # no other file is read, whatever a stranger names
        return weights.load(path, TSM(**settings))


def _renderer(path: Path) -> ResidualEncoder:
    with of_this_version(path), no_larger(path):
        known = Members(weights.config(path), f"{path}", ": ")
        clip = read_clip(known.object("clip"))
        known.integer("bands", 0, path.stat().st_size // clip.n_samples)  # as the file has their noise
        known.integer("layers", 0, 100)
        return weights.load(path, ResidualEncoder(**known.row | {"clip": clip}))


def _network(path: Path) -> nn.Module:
    with of_this_version(path), no_larger(path):
        return build.load(path)[0]


def _check_onset(path: Path) -> None:
    """Raise an InputError unless the onset detector reads videos and picks hits as one can."""
    with of_this_version(path):
        known = Members(weights.config(path), f"{path}", ": ")
        known.number("frame_rate", *CLIP["frame_rate"])
        known.integer("frame_size", *CLIP["frame_size"])
        for picker in map(known.object, ("picker", "motion_picker")):
            picker.number("threshold")
            picker.number("refractory", 0.0, 60.0)


@contextmanager
def no_larger(path: Path) -> Iterator[None]:
    """While the block lasts, no network is built that has more values than a file has bytes, whatever its settings."""
    left = path.stat().st_size

    def count(module: nn.Module, name: str, value: Tensor | None) -> None:
        nonlocal left
        left -= 0 if value is None else value.numel()
        if left < 0:
            raise InputError(f"{path}: its settings ask for more than it holds; copy the model again")

    hooks = register_module_parameter_registration_hook(count), register_module_buffer_registration_hook(count)
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _check_fit(model: Model, directory: Path) -> None:
    """Raise an InputError unless the files are of one model, and all their values are numbers."""
    bank, clip, network = model.bank, model.clip, model.network
    bands, scales = len(model.renderer.noise), model.renderer.parametrisation
    told = {"visual": (bank.latent.shape[1],), "residual": (len(scales.kinds), bands)}
    told["modes"], told["rendered"] = (3, clip.n_bins), (1, clip.n_bins, clip.n_steps)
    fits = {
        BANK: bank.latent.shape[1] == model.vision.dim and np.isin(bank.material, model.settings.materials).any(),
        WEIGHTS["vision"]: bank.encoder == weights.digest(directory / WEIGHTS["vision"]) and _finite(model.vision),
        WEIGHTS["residual"]: bank.physics.residual.weight.shape[1] == bands
        and model.renderer.noise.shape[1] == clip.n_samples
        and _finite(model.renderer),
        WEIGHTS["network"]: network is None or (_tells(network, told) and _finite(network)),
    }
    for name, fit in fits.items():
        if not fit:
            raise InputError(f"{directory}: {name} does not belong to what is beside it; copy the model again")


def _finite(network: nn.Module) -> bool:
    return all(bool(value.isfinite().all()) for value in network.state_dict().values())


def _tells(network: nn.Module, told: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a network makes spectrograms of the model's clips of what is told of them."""
    shapes = network.encoder.shapes if isinstance(network, Denoiser) else {"": ()}
    return (
        all(told.get(name) == shape for name, shape in shapes.items()) and network.sound_mean.shape == told["rendered"]
    )
