"""A run that nothing has disturbed but a second one that was started beside it, in vain."""

import time
from dataclasses import dataclass

import pytest

from faults.corpus import results
from faults.running import latest, said, start
from workflow.conftest import Project, copied


@dataclass(frozen=True)
class Reference:
    """A project in which everything was made, to be read; what the second run said and ended with; and the time."""

    project: Project
    second: str
    status: int
    seconds: float


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Reference:
    project = copied(tmp_path_factory.mktemp("undisturbed") / "project")
    begun, first = time.monotonic(), start(project)
    while not (results(project) / "videos").is_dir():
        assert first.poll() is None, latest(project)
        time.sleep(0.05)
    before = said(project).read_text()
    status = start(project).wait()
    second = said(project).read_text().removeprefix(before)
    assert first.wait() == 0, latest(project)
    return Reference(project, second, status, time.monotonic() - begun)


@pytest.fixture
def tell(capsys):
    """Prints what was done, captured or not."""

    def printed(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")

    return printed
