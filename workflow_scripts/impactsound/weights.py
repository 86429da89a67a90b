"""Trained weights: a safetensors file whose header carries the settings that the network was built from.

The header also has the SHA-256 of settings and values, which is compared when the weights are loaded.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from impactsound.errors import InputError
from impactsound.files import atomic

HEADER = "impactsound"


def save(path: str | Path, network: nn.Module, config: Mapping) -> None:
    """Write the network's parameters and buffers, and `config` as JSON in the header."""
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    settings = json.dumps(config, sort_keys=True, default=str)
    with atomic(path) as partial:
        save_file(state, partial, metadata=packed({"config": settings, "sha256": checksum(settings, state)}))


def config(path: str | Path) -> dict:
    """The settings in the header.

    Raises:
        InputError: if the file is not one that `save` wrote.
    """
    try:
        return json.loads(_header(path)["config"])
    except json.JSONDecodeError as error:
        raise _foreign(path, error) from error


def digest(path: str | Path) -> str:
    """Sixteen hex digits that tell one weights file from another."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def load(path: str | Path, network: nn.Module) -> nn.Module:
    """Fill the network from the file and put it in evaluation mode.

    Raises:
        InputError: if names or shapes differ, or values or settings are not those that were saved.
    """
    header = _header(path)
    try:
        state = load_file(path)
        if checksum(header["config"], state) != header["sha256"]:
            raise InputError(f"{path}: is damaged; delete it to have it made again")
        network.load_state_dict(state)
    except (OSError, SafetensorError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path}: does not fit the network ({first})") from error
    return network.eval()


def checksum(settings: str, state: Mapping[str, Tensor]) -> str:
    """SHA-256 of the settings and of every value with its name, as hex."""
    total = hashlib.sha256(settings.encode())
    for name in sorted(state):
        value = state[name]
        total.update(f"\0{name}\0{value.dtype}\0{list(value.shape)}\0".encode())
        total.update(value.contiguous().flatten().view(torch.uint8).numpy())
    return total.hexdigest()


def packed(header: Mapping[str, str]) -> dict[str, str]:
    """A header for safetensors, of one entry: several are written in an order that is another every time."""
    return {HEADER: json.dumps(header, sort_keys=True)}


def unpacked(header: Mapping[str, str]) -> dict[str, str]:
    """What was packed."""
    return json.loads(header[HEADER])


def _header(path: str | Path) -> dict[str, str]:
    """`config` and `sha256` as they were written."""
    try:
        with safe_open(path, framework="pt") as file:
            found = unpacked(file.metadata())
        return {key: str(found[key]) for key in ("config", "sha256")}
    except (OSError, SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise _foreign(path, error) from error


def _foreign(path: str | Path, error: Exception) -> InputError:
    """What is said of a file that `save` did not write, or not to its end."""
    return InputError(f"{path}: not a weights file of this workflow ({error}); delete it to have it made again")
