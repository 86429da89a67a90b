"""Trained weights: a safetensors file whose header carries the settings that the network was built from."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from impactsound.errors import InputError
from impactsound.files import atomic


def save(path: str | Path, network: nn.Module, config: Mapping) -> None:
    """Write the network's parameters and buffers, and `config` as JSON in the header."""
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    with atomic(path) as partial:
        save_file(state, partial, metadata={"config": json.dumps(config, sort_keys=True, default=str)})


def config(path: str | Path) -> dict:
    """The settings in the header.

    Raises:
        InputError: if the file is not one that `save` wrote.
    """
    try:
        with safe_open(path, framework="pt") as file:
            return json.loads(file.metadata()["config"])
    except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise InputError(f"{path}: not a weights file of this workflow ({error})") from error


def digest(path: str | Path) -> str:
    """Sixteen hex digits that tell one weights file from another."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def load(path: str | Path, network: nn.Module) -> nn.Module:
    """Fill the network from the file and put it in evaluation mode.

    Raises:
        InputError: if names or shapes differ.
    """
    try:
        network.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path}: does not fit the network ({first})") from error
    return network.eval()
