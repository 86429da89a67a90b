"""One thread a process: small tensors gain nothing by more, and beside other work threads wait for each other."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory) -> Path:
    """The directory of a tiny model that dubs by diffusion; to be read."""
    from tiny_model import made_model  # here, since few tests need torch

    return made_model(tmp_path_factory.mktemp("models") / "tiny")
