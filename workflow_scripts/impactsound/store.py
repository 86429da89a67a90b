"""The HDF5 files that pass between stages.

Each has the root attributes `schema` ("name/version"), `config` and `source` (JSON), and a first
dataset `clip` of ids; stages join by id, never by position.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

from impactsound.errors import InputError
from impactsound.files import atomic


@contextmanager
def create(path: str | Path, schema: str, config: Mapping, source: Mapping) -> Iterator[h5py.File]:
    """An HDF5 file to be filled; it takes its place only when the block ends without an error."""
    with atomic(path) as partial, h5py.File(partial, "w") as file:
        file.attrs["schema"] = schema
        file.attrs["config"] = json.dumps(config, sort_keys=True, default=str)
        file.attrs["source"] = json.dumps(source, sort_keys=True, default=str)
        yield file


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
        InputError: if the file is absent, is not HDF5, or has another schema.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
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
