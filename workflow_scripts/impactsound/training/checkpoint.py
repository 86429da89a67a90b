"""A training's checkpoint: tensors and notes in one safetensors file, whose header says what training it is of."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from impactsound import tensors
from impactsound.errors import InputError

Parts = dict[str, dict[str, Tensor]]  # e.g. "network" -> name -> tensor; a part's name may hold slashes, a tensor's not


def shapes(network: nn.Module) -> str:
    """Sixteen hex digits for the names and shapes of a network's tensors."""
    shapes = {name: list(value.shape) for name, value in network.state_dict().items()}
    return hashlib.sha256(json.dumps(shapes, sort_keys=True).encode()).hexdigest()[:16]


def save(path: Path, parts: Parts, notes: Mapping, training: Mapping) -> None:
    """Write a checkpoint, so that a reader sees the one before or this one.

    Args:
        notes: what is not a tensor, of JSON's types.
        training: what it is a checkpoint of: values of JSON's types that `load` compares.
    """
    held = {f"{part}/{name}": value for part, values in parts.items() for name, value in values.items()}
    tensors.save(path, held, {"notes": notes, "training": training})


def load(path: Path, training: Mapping) -> tuple[Parts, dict] | None:
    """What `save` wrote, its tensors on the CPU, or None if there is no file.

    Raises:
        InputError: if the file is damaged, or is of another training than `training`.
    """
    if not path.is_file():
        return None
    try:
        held, header = tensors.load(path)
        notes, other = header["notes"], header["training"]
    except (tensors.DamagedError, KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged checkpoint ({error}); delete it to train from the start") from error
    if differing := _difference(other, json.loads(json.dumps(training))):
        raise InputError(f"{path}: checkpoint of another training ({differing}); delete it to train from the start")
    parts: Parts = {}
    for key, value in held.items():
        part, _, name = key.rpartition("/")
        parts.setdefault(part, {})[name] = value
    return parts, notes


def clear_partial(folder: Path) -> None:
    """Remove what a process that was killed while it wrote has left behind."""
    for left in folder.glob(".partial-*"):
        shutil.rmtree(left, ignore_errors=True)


def _difference(there: Mapping, here: Mapping) -> str:
    """The keys in which two mappings differ, with their values."""
    keys = sorted(there.keys() | here.keys())
    return ", ".join(f"{key} {there.get(key)}, now {here.get(key)}" for key in keys if there.get(key) != here.get(key))
