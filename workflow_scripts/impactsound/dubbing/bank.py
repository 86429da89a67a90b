"""The bank that a model carries: of every training impact how it looks, its material and its physics, in one file.

Schema `bank/1`: `clip`, `latent` [clip, latent], `material`, modes `frequency`, `power`, `decay`, `phase` [clip, mode],
`onset` [clip] and noise bands `weight`, `delay`, `t60` [clip, band]. Its attribute `config` names the visual encoder.
Of materials with too many entries to compare each, there is a group `layouts/<distance>/<number>`, the number being the
material's among those of the bank in their order, of what `retrieval.cells.Layout` holds.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import torch

from impactsound import store
from impactsound.corpus.selection import clips_of, materials_of
from impactsound.dubbing import foreign
from impactsound.dubbing.physics import BANDS, MODES, Physics
from impactsound.errors import InputError
from impactsound.physics.modes import Modes
from impactsound.physics.residual import Residual
from impactsound.retrieval.cells import Layout
from impactsound.retrieval.index import Index, lay_out

SCHEMA = "bank/1"
FIELDS = ("latent", *MODES, "onset", *BANDS)  # float32
REACHED = 0.95  # share of the validation clips whose match lies within the bank's reach


@dataclass(frozen=True)
class Bank:
    """Entries by row: their clips, visual latents `[entry, latent]`, materials and physics.

    encoder: digest of the weights that the latents are of; layouts: by distance and material, of the large ones.
    """

    clips: list[str]
    latent: np.ndarray
    material: np.ndarray
    physics: Physics
    encoder: str
    layouts: Mapping[tuple[str, str], Layout] = field(default_factory=dict)

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

    def nearest(self, material: str, queries: np.ndarray, distance: str) -> tuple[np.ndarray, np.ndarray]:
        """The entries of a material that look most alike: their distances and rows.

        Shape:
            - Input: `[query, latent]`
            - Output: `[query]`, `[query]`
        """
        rows, index = self._index(distance, material)
        apart, place = index.nearest(queries)
        return apart[:, 0], rows[place[:, 0]]

    def _index(self, *key: str) -> tuple[np.ndarray, Index]:
        if key not in self._indices:
            rows, (distance, _) = self.entries(key[1]), key
            self._indices[key] = rows, Index(self.latent[rows], distance, self.layouts.get(key))
        return self._indices[key]

    @functools.cached_property  # made when they are first asked
    def _indices(self) -> dict[tuple[str, ...], tuple[np.ndarray, Index]]:
        return {}

    def entries(self, material: str) -> np.ndarray:
        """The rows of a material's entries."""
        return np.flatnonzero(self.material == material)


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


def write(path: str | Path, bank: Bank, distance: str | None = None) -> None:
    """Write a bank, compressed.

    Args:
        distance: that it will be asked by; large materials are laid out for it.
    """
    modes, onset, residual = bank.physics
    values = {name: getattr(modes, name) for name in MODES} | {"onset": onset}
    values |= {name: getattr(residual, name) for name in BANDS} | {"latent": bank.latent}
    with store.create(path, SCHEMA, {"encoder": bank.encoder}, {}) as file:
        store.write_clips(file, bank.clips)
        store.write_names(file, "material", bank.material)
        for name in FIELDS:
            _compressed(file, name, np.asarray(values[name], np.float32))
        if distance is not None:
            _write_layouts(file, bank, distance)


def read(path: str | Path) -> Bank:
    """Read a bank.

    Raises:
        InputError: if the file is absent, damaged or of another version.
    """
    with foreign.opened(path, SCHEMA) as file:
        encoder, material = str(json.loads(file.attrs["config"])["encoder"]), file["material"].asstr()[:]
        clips, columns, layouts = store.clips(file), _columns(file), _layouts(file, material)
    if not _is_physics(clips, material, columns):
        raise InputError(f"{path}: holds what is no physics; copy the model again")
    return _bank(clips, material, encoder, columns, layouts)


def reach(matches: str | Path, validation: str | Path) -> float:
    """The distance to their match that 95 % of the validation clips lie within."""
    with store.open(matches, "matches/1") as file:
        return float(np.quantile(file["distance"][:][store.rows(file, clips_of(validation))], REACHED))


def _is_physics(clips: Sequence[str], material: np.ndarray, columns: Sequence[np.ndarray]) -> bool:
    """Whether a bank's columns, in the order of `FIELDS`, are of its entries and have numbers that can be."""
    found, n = dict(zip(FIELDS, columns, strict=True)), len(clips)
    sides = {name: found[name].shape[-1:] for name in ("latent", MODES[0], BANDS[0])}
    shapes = {"latent": (n, *sides["latent"]), "onset": (n,)}
    shapes |= dict.fromkeys(MODES, (n, *sides[MODES[0]])) | dict.fromkeys(BANDS, (n, *sides[BANDS[0]]))
    return (
        len(set(clips)) == len(material) == n > 0
        and all(values.shape == shapes[name] and values.dtype == np.float32 for name, values in found.items())
        and all(np.isfinite(values).all() for name, values in found.items() if name != "power")
        and bool((found["power"] < np.inf).all())  # -inf is of a mode that is not used
    )


def _columns(file: h5py.File) -> list[np.ndarray]:
    return [file[name][:] for name in FIELDS]


def _write_layouts(file: h5py.File, bank: Bank, distance: str) -> None:
    materials = np.unique(bank.material)
    for number, material in enumerate(materials):
        layout = lay_out(bank.latent[bank.entries(material)], distance, len(materials))
        for name, values in vars(layout).items() if layout else ():
            _compressed(file, f"layouts/{distance}/{number}/{name}", values)


def _layouts(file: h5py.File, material: np.ndarray) -> dict[tuple[str, str], Layout]:
    names, counts = np.unique(material, return_counts=True)
    found = {}
    for distance, numbered in file.get("layouts", {}).items():
        for number, group in numbered.items():
            layout = Layout(**{name: values[:] for name, values in group.items()})
            layout.check(counts[int(number)], file["latent"].shape[1])
            found[distance, names[int(number)]] = layout
    return found


def _compressed(file: h5py.File, name: str, values: np.ndarray) -> None:
    file.create_dataset(name, data=values, compression="gzip", shuffle=True)


def _bank(clips, material, encoder, columns, layouts=None) -> Bank:
    latent, *others = columns
    frequency, power, decay, phase, onset, weight, delay, t60 = (torch.from_numpy(values) for values in others)
    physics = Physics(Modes(frequency, power, decay, phase), onset, Residual(weight, delay, t60))
    return Bank(list(clips), latent, np.asarray(material, dtype=object), physics, encoder, layouts or {})
