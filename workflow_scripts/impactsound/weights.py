"""Trained weights: a safetensors file whose header carries the settings that the network was built from."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from torch import nn

from impactsound import tensors
from impactsound.errors import InputError


def save(path: str | Path, network: nn.Module, config: Mapping) -> None:
    """Write the network's parameters and buffers, and `config` in the header."""
    tensors.save(path, network.state_dict(), config)


def config(path: str | Path) -> dict:
    """The settings in the header.

    Raises:
        InputError: if the file is not one that `save` wrote.
    """
    try:
        return tensors.read_notes(path)
    except tensors.DamagedError as error:
        raise _foreign(path, error) from error


def digest(path: str | Path) -> str:
    """Sixteen hex digits that tell one weights file from another."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def load(path: str | Path, network: nn.Module) -> nn.Module:
    """Fill the network from the file and put it in evaluation mode.

    Raises:
        InputError: if the file is not as `save` wrote it, or names or shapes are not the network's.
    """
    try:
        state, _ = tensors.load(path)
        network.load_state_dict(state)
    except tensors.DamagedError as error:
        raise _foreign(path, error) from error
    except RuntimeError as error:
        first = str(error).splitlines()[0]
        raise InputError(f"{path}: does not fit the network ({first})") from error
    return network.eval()


def _foreign(path: str | Path, error: Exception) -> InputError:
    """What is said of a file that `save` did not write, or not to its end."""
    return InputError(f"{path}: not a whole weights file of this workflow ({error}); delete it to have it made again")
