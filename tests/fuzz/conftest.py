"""The ground on which inputs are tried, whole files to damage, and what is said at the end."""

import os
import tempfile
from pathlib import Path

import hypothesis.configuration
import pytest

from fuzz.contract import LEDGER, Ground


def pytest_terminal_summary(terminalreporter):
    if LEDGER.calls:
        terminalreporter.section("fuzz")
        for line in LEDGER.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session", autouse=True)
def scratch(tmp_path_factory):
    """Where temporary files and hypothesis's own lie, of which none is left in the repository or after a call."""
    hypothesis.configuration.set_hypothesis_home_dir(tmp_path_factory.mktemp("hypothesis"))
    folder = tmp_path_factory.mktemp("scratch")
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    os.environ["TMPDIR"] = str(folder)
    yield
    tempfile.tempdir = before
    left = [path for path in folder.iterdir() if not path.name.startswith("torchinductor")]  # a cache of torch's
    assert not left, "temporary files were left behind"


@pytest.fixture(scope="session")
def samples(tmp_path_factory) -> dict[str, bytes]:
    """Videos and sounds by name, of many kinds, whole."""
    from fuzz.samples import made_samples

    return made_samples(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def ground(tmp_path_factory) -> Ground:
    """A place to make calls in."""
    return Ground(tmp_path_factory.mktemp("ground"))


@pytest.fixture(scope="session")
def short(samples, tmp_path_factory) -> Path:
    """A silent video of two seconds."""
    path = tmp_path_factory.mktemp("short") / "short.mp4"
    path.write_bytes(samples["picture.mp4"])
    return path
