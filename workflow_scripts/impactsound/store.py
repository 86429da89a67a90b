"""The HDF5 files that pass between stages.

Each has the root attributes `schema` ("name/version"), `config` and `source` (JSON), and a first
dataset `clip` of ids; stages join by id, never by position.

A file is sealed when it is whole: the user block that HDF5 leaves at its beginning holds the SHA-256 of all that
follows. It is compared whenever the file is opened, so that nothing is read from one that was cut short, damaged or
written by something else. HDF5's own checksums know neither attributes nor what varies in length.
"""

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from impactsound.errors import InputError
from impactsound.files import atomic
from impactsound.hdf5 import created

BLOCK = 512  # bytes of the user block, the least that HDF5 allows
SEAL = b"impactsound sha256 "


@contextmanager
def create(path: str | Path, schema: str, config: Mapping, source: Mapping) -> Iterator[h5py.File]:
    """An HDF5 file to be filled; it takes its place only when the block ends without an error."""
    with atomic(path) as partial:
        with created(partial, BLOCK) as file:
            file.attrs["schema"] = schema
            file.attrs["config"] = json.dumps(config, sort_keys=True, default=str)
            file.attrs["source"] = json.dumps(source, sort_keys=True, default=str)
            yield file
        with partial.open("r+b") as sealed:
            sealed.write(_seal(partial))


def write(
    path: str | Path,
    schema: str,
    clip: Sequence[str],
    config: Mapping,
    source: Mapping,
    **datasets: np.ndarray,
) -> None:
    """Write whole arrays, the first axis of each being the clip.

    Raises:
        ValueError: if an array's first axis is not as long as the list of clips.
    """
    with create(path, schema, config, source) as file:
        write_clips(file, clip)
        for name, values in datasets.items():
            if len(values) != len(clip):
                raise ValueError(f"{path}: {name} has {len(values)} rows for {len(clip)} clips")
            file.create_dataset(name, data=values)


def write_clips(file: h5py.File, clip: Sequence[str]) -> None:
    """The dataset `clip`: ids as UTF-8 strings."""
    write_names(file, "clip", clip)


def write_names(file: h5py.File, name: str, values: Sequence[str]) -> None:
    """A dataset of UTF-8 strings."""
    file.create_dataset(name, data=np.asarray(list(values), dtype=object), dtype=h5py.string_dtype())


@contextmanager
def open(path: str | Path, schema: str) -> Iterator[h5py.File]:
    """Open for reading.

    Raises:
        InputError: if the file is absent, is not HDF5, is not as it was written, or has another schema.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    _check_seal(Path(path))
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path}: not a readable HDF5 file; delete it to have it made again") from error
    with file:
        found = file.attrs.get("schema")
        if found != schema:
            raise InputError(f"{path}: holds {found!r} where {schema!r} is needed; delete it to have it made again")
        yield file


def clips(file: h5py.File) -> list[str]:
    """The clip ids in the file's order."""
    return list(file["clip"].asstr()[:])


def rows(file: h5py.File, wanted: Sequence[str]) -> np.ndarray:
    """Row numbers of the wanted clips, in the order asked for.

    Raises:
        InputError: naming the first clip that the file lacks.
    """
    place = {clip: row for row, clip in enumerate(clips(file))}
    for clip in wanted:
        if clip not in place:
            raise InputError(f"{file.filename}: has no clip {clip!r}")
    return np.asarray([place[clip] for clip in wanted], dtype=np.int64)


def read(path: str | Path, schema: str, *names: str, clip: Sequence[str]) -> tuple[np.ndarray, ...]:
    """The named datasets' rows for the given clips, in their order."""
    with open(path, schema) as file:
        wanted = rows(file, clip)
        return tuple(file[name][:][wanted] for name in names)


def join(parts: Sequence[str | Path], path: str | Path) -> None:
    """Write the files of shards as one: every dataset is theirs, one after another.

    Raises:
        InputError: if they differ in schema, config or datasets.
    """
    schema, notes, datasets = _described(parts[0])
    for part in parts[1:]:
        if _described(part) != (schema, notes, datasets):
            raise InputError(f"{part}: was made otherwise than {parts[0]}; delete both to have them made again")
    with create(path, schema, *map(json.loads, notes)) as file:
        for name, kind in datasets.items():
            _append(file, name, kind, schema, parts)


def _described(path: str | Path) -> tuple[str, tuple[str, str], dict[str, tuple]]:
    """Schema, config and source of a file, and of each dataset the shape of a row and the type."""
    with h5py.File(path, "r") as file:
        schema = file.attrs["schema"]
    with open(path, schema) as file:
        datasets = {name: (values.shape[1:], values.dtype) for name, values in file.items()}
        return schema, (file.attrs["config"], file.attrs["source"]), datasets


def _append(file: h5py.File, name: str, kind: tuple, schema: str, parts: Sequence[str | Path]) -> None:
    """One dataset of all parts, of which one is in memory at a time."""
    shape, dtype = kind
    lengths = []
    for part in parts:
        with open(part, schema) as one:
            lengths.append(len(one[name]))
    joined = file.create_dataset(name, (sum(lengths), *shape), dtype)
    for part, length, end in zip(parts, lengths, np.cumsum(lengths), strict=True):
        with open(part, schema) as one:
            joined[end - length : end] = one[name][:]


def _seal(path: Path) -> bytes:
    """What the user block of a whole file holds."""
    with path.open("rb") as file:
        file.seek(BLOCK)
        return SEAL + hashlib.file_digest(file, "sha256").hexdigest().encode()


def _check_seal(path: Path) -> None:
    """Raise an `InputError` unless the file is as it was written."""
    with path.open("rb") as file:
        found = file.read(BLOCK).rstrip(b"\0")
    if not found.startswith(SEAL):
        raise InputError(f"{path}: was not written by this workflow; delete it to have it made again")
    known = path.stat()
    if found != _sealed(path, known.st_mtime_ns, known.st_size, known.st_ino):
        raise InputError(f"{path}: is damaged or cut short; delete it to have it made again")


@functools.lru_cache
def _sealed(path: Path, *_: int) -> bytes:
    """The seal of a file's content, computed once for each state of it that a job meets."""
    return _seal(path)
