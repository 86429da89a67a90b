"""Files that were cut short or have a bit turned over, and what those who read them say."""

import json
import random
from pathlib import Path
from types import SimpleNamespace

import h5py

from impactsound import store, tensors, weights
from impactsound.errors import InputError
from impactsound.training import checkpoint

ANY_NETWORK = SimpleNamespace(load_state_dict=lambda state: None, eval=lambda: None)


def cut(path: Path, rng: random.Random) -> None:
    """Shorten a file, by one byte at least."""
    with path.open("r+b") as file:
        file.truncate(rng.randrange(path.stat().st_size))


def turn(path: Path, rng: random.Random) -> None:
    """Turn one bit of a file over."""
    place = rng.randrange(path.stat().st_size)
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1 << rng.randrange(8)]))


def kind(path: Path) -> str:
    """What a file has to be read as: the schema of an HDF5 file, or of safetensors which header it has."""
    if path.suffix == ".h5":
        with h5py.File(path, "r") as file:
            return file.attrs["schema"]
    notes = tensors.read_notes(path)
    return json.dumps(notes["training"]) if "training" in notes else "weights"


def refusal(path: Path, kind: str) -> str | None:
    """What is said of a file when it is read as a stage reads it; None if it is read."""
    try:
        if path.suffix == ".h5":
            with store.open(path, kind):
                return None
        weights.load(path, ANY_NETWORK) if kind == "weights" else checkpoint.load(path, json.loads(kind))
    except InputError as error:
        return str(error)
    return None
