"""The bank that a model carries: of every training impact how it looks, its material and its physics, in one file.

Schema `bank/1`: `clip`, `latent` [clip, latent], `material`, modes `frequency`, `power`, `decay`, `phase` [clip, mode],
`onset` [clip] and noise bands `weight`, `delay`, `t60` [clip, band]. Its attribute `config` names the visual encoder.
"""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import torch

from impactsound import store
from impactsound.corpus.selection import clips_of, materials_of
from impactsound.dubbing.physics import BANDS, MODES, Physics
from impactsound.errors import InputError
from impactsound.physics.modes import Modes
from impactsound.physics.residual import Residual

SCHEMA = "bank/1"
FIELDS = ("latent", *MODES, "onset", *BANDS)  # float32
REACHED = 0.95  # share of the validation clips whose match lies within the bank's reach


@dataclass(frozen=True)
class Bank:
    """Entries by row: their clips, visual latents `[entry, latent]`, materials and physics.

    encoder: digest of the weights that the latents are of.
    """

    clips: list[str]
    latent: np.ndarray
    material: np.ndarray
    physics: Physics
    encoder: str

    def row(self, clip: str) -> int:
        """The row of an entry."""
        try:
            return self._rows[clip]
        except KeyError:
            raise InputError(f"the model's bank has no entry {clip!r}; name one of its clips or a material") from None

    @functools.cached_property  # a search of the list for each of many hits would take long
    def _rows(self) -> dict[str, int]:
        return {clip: row for row, clip in enumerate(self.clips)}

    def physics_of(self, clip: str) -> Physics:
        """The physics of one entry, `[mode]` and `[band]`."""
        row, (modes, onset, residual) = self.row(clip), self.physics
        modes = Modes(*(getattr(modes, name)[row] for name in MODES))
        return Physics(modes, onset[row], Residual(*(getattr(residual, name)[row] for name in BANDS)))


def gather(files: Mapping[str, str | Path]) -> Bank:
    """The bank of a corpus.

    Args:
        files: paths of `train`, a split's manifest, and of `visual`, `modes`, `residual`.
    """
    clips = clips_of(files["train"])
    with store.open(files["visual"], "visual/1") as file:
        encoder = json.loads(file.attrs["config"])["weights"]
    (latent,) = store.read(files["visual"], "visual/1", "latent", clip=clips)
    modes = store.read(files["modes"], "modes/2", *MODES, "onset", clip=clips)
    bands = store.read(files["residual"], "residual/2", *BANDS, clip=clips)
    return _bank(clips, materials_of(files["train"], clips), encoder, (latent, *modes, *bands))


def write(path: str | Path, bank: Bank) -> None:
    """Write a bank, compressed."""
    modes, onset, residual = bank.physics
    values = {name: getattr(modes, name) for name in MODES} | {"onset": onset}
    values |= {name: getattr(residual, name) for name in BANDS} | {"latent": bank.latent}
    with store.create(path, SCHEMA, {"encoder": bank.encoder}, {}) as file:
        store.write_clips(file, bank.clips)
        store.write_names(file, "material", bank.material)
        for name in FIELDS:
            file.create_dataset(name, data=np.asarray(values[name], np.float32), compression="gzip", shuffle=True)


def read(path: str | Path) -> Bank:
    """Read a bank.

    Raises:
        InputError: if the file is absent, damaged or of another version.
    """
    with store.open(path, SCHEMA) as file:
        try:
            encoder = json.loads(file.attrs["config"])["encoder"]
            return _bank(store.clips(file), file["material"].asstr()[:], encoder, _columns(file))
        except (KeyError, OSError, ValueError) as error:
            raise InputError(f"{path}: damaged ({error}); copy the model again") from error


def reach(matches: str | Path, validation: str | Path) -> float:
    """The distance to their match that 95 % of the validation clips lie within."""
    with store.open(matches, "matches/1") as file:
        return float(np.quantile(file["distance"][:][store.rows(file, clips_of(validation))], REACHED))


def _columns(file: h5py.File) -> list[np.ndarray]:
    return [file[name][:] for name in FIELDS]


def _bank(clips, material, encoder, columns) -> Bank:
    latent, *others = columns
    frequency, power, decay, phase, onset, weight, delay, t60 = (torch.from_numpy(values) for values in others)
    physics = Physics(Modes(frequency, power, decay, phase), onset, Residual(weight, delay, t60))
    return Bank(list(clips), latent, np.asarray(material, dtype=object), physics, encoder)
