"""Tensors in a safetensors file, whose header has notes of JSON's types and a checksum of all.

The header has one key: of several, safetensors fixes no order, and the same tensors would not be the same bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from impactsound.files import atomic

KEY = "impactsound"


class DamagedError(Exception):
    """A file that `save` did not write, or that is not as it was written."""


def save(path: str | Path, tensors: Mapping[str, Tensor], notes: Mapping) -> None:
    """Write tensors and notes; a reader sees the file before or this one."""
    held = {name: value.detach().to("cpu", copy=True).contiguous() for name, value in tensors.items()}
    told = json.dumps(notes, default=str)
    header = json.dumps({"notes": json.loads(told), "sha256": _checksum(told, held)})
    with atomic(path) as partial:
        save_file(held, partial, metadata={KEY: header})


def read_notes(path: str | Path) -> dict:
    """The notes; whether the tensors are as they were written is not looked at.

    Raises:
        DamagedError: saying why.
    """
    return _read(path, values=False)[1]["notes"]


def load(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """Tensors, on the CPU, and notes.

    Raises:
        DamagedError: saying why.
    """
    tensors, header = _read(path, values=True)
    if _checksum(json.dumps(header["notes"]), tensors) != header["sha256"]:
        raise DamagedError("its checksum differs")
    return tensors, header["notes"]


def _read(path: str | Path, values: bool) -> tuple[dict[str, Tensor], dict]:
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()[KEY])
            names = file.keys() if values else ()
            return {name: file.get_tensor(name) for name in names}, {key: header[key] for key in ("notes", "sha256")}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise DamagedError(str(error)) from error


def _checksum(notes: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of the notes and of every tensor with its name, as hex."""
    total = hashlib.sha256(notes.encode())
    for name in sorted(tensors):
        value = tensors[name]
        total.update(f"\0{name}\0{value.dtype}\0{list(value.shape)}\0".encode())
        total.update(value.flatten().view(torch.uint8).numpy())
    return total.hexdigest()
