"""The sounds of hits in a file beside the dubbed video, from which a later run takes what has not changed.

Schema `hitsounds/1`, a row a hit: `clip` (its id), `digest` of all that determines its sound, `time` (s, where it was
seen), `latent` [hit, latent] (what was seen), `sound` (float32, of varying length) and `peak`. The attribute `config`
names the model. The file may be deleted: then all is made again. Sounds are read and written one at a time.
"""

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor

from impactsound import store
from impactsound.dubbing import foreign, sounds
from impactsound.dubbing.edit import Edit
from impactsound.dubbing.hits import Hit, Hits
from impactsound.dubbing.model import Model
from impactsound.errors import InputError
from impactsound.parallel import in_order, one_thread_each
from impactsound.progress import progress

SCHEMA = "hitsounds/1"
LONG = 1 << 24  # samples that no sound of a hit has


def update(path: str | Path, model: Model, hits: Hits, latent: Tensor) -> int:
    """Bring the file up to date with the hits and their edits; returns how many sounds had to be made.

    Shape:
        - latent: `[hit, latent]`, in the hits' order
    """
    with _known(path) as known, store.create(path, SCHEMA, {"model": model.id}, {}) as file:
        digests = [digest(model, hit, hits.edit(hit), seen) for hit, seen in zip(hits.hits, latent, strict=True)]
        store.write_clips(file, [str(hit.id) for hit in hits.hits])
        store.write_names(file, "digest", digests)
        file["time"], file["latent"] = [hit.time for hit in hits.hits], latent.numpy()
        kept = file.create_dataset("sound", (len(digests),), h5py.vlen_dtype(np.float32))
        peaks = file.create_dataset("peak", (len(digests),), np.float32)
        new = {row for row, name in enumerate(digests) if known.sound(name) is None}
        made = _made(model, hits, latent, sorted(new))
        for row, name in enumerate(digests):  # in their order, on which the file's bytes depend
            sound = next(made) if row in new else known.sound(name)
            kept[row], peaks[row] = sound, np.abs(sound).max(initial=0)
    return len(new)


def placed(path: str | Path, hits: Hits) -> Iterator[tuple[float, np.ndarray, float]]:
    """Time in s, sound `[time]` and strength in dB of every hit, in the order in which they sound."""
    with store.open(path, SCHEMA) as file:
        order = sorted(hits.hits, key=lambda hit: (hits.time(hit), hit.id))
        for hit, row in zip(order, store.rows(file, [str(hit.id) for hit in order]), strict=True):
            yield hits.time(hit), file["sound"][row], hits.strength(hit)


def peaks(path: str | Path) -> np.ndarray:
    """The peak of every hit's sound, `[hit]`."""
    with store.open(path, SCHEMA) as file:
        return file["peak"][:]


def known_latents(path: str | Path, hits: Hits) -> Tensor | None:
    """What was seen of the hits, `[hit, latent]`, if the file has it of them all, by their model and at their times."""
    try:
        with foreign.opened(path, SCHEMA) as file:
            rows = store.rows(file, [str(hit.id) for hit in hits.hits])
            same = file["time"][:][rows].tolist() == [hit.time for hit in hits.hits]
            if json.loads(file.attrs["config"])["model"] == hits.model and same:
                latent = torch.from_numpy(file["latent"][:][rows])
                fits = latent.ndim == 2 and latent.dtype == torch.float32 and latent.isfinite().all()
                return latent if fits else None
    except InputError:
        pass
    return None


def digest(model: Model, hit: Hit, edit: Edit, latent: Tensor) -> str:
    """Sixteen hex digits of all that determines a hit's sound."""
    told = [model.id, hit.id, hit.entry(edit), edit.physical.to_json() | {"entry": None}]
    return hashlib.sha256(json.dumps(told).encode() + latent.numpy().tobytes()).hexdigest()[:16]


def _made(model: Model, hits: Hits, latent: Tensor, rows: Sequence[int]) -> Iterator[np.ndarray]:
    """The sounds of some hits, several at a time where there are several cores."""

    def sound(row: int) -> np.ndarray:
        hit = hits.hits[row]
        return sounds.hit_sound(model, hit, hits.edit(hit), latent[row])

    with one_thread_each() as threads:
        workers = threads if model.device.type == "cpu" else 1
        yield from progress(in_order(sound, rows, workers), "hits", len(rows))


class _Known:
    """The sounds of an earlier run by their digest; none, where there is no file or it cannot be read."""

    def __init__(self, file: h5py.File | None):
        self.file, self.rows = file, {}
        if file is not None:
            with contextlib.suppress(Exception):  # whatever is wrong with it, all is made again
                self.rows = {digest: row for row, digest in enumerate(file["digest"].asstr()[:])}

    def sound(self, digest: str) -> np.ndarray | None:
        """The sound of a digest, or None."""
        with contextlib.suppress(Exception):
            if digest in self.rows:
                sound = self.file["sound"][self.rows[digest]]
                fits = sound.dtype == np.float32 and sound.ndim == 1 and len(sound) < LONG
                return sound if fits and np.isfinite(sound).all() else None
        return None


@contextlib.contextmanager
def _known(path: str | Path) -> Iterator[_Known]:
    with contextlib.ExitStack() as stack:
        file = None
        with contextlib.suppress(Exception):
            found = stack.enter_context(store.open(path, SCHEMA))
            foreign.check_own(found)
            file = found
        yield _Known(file)
