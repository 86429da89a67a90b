"""On a full disk a run says so in a line a job, with the file; with more room, it ends with the bytes of any other."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from faults.corpus import FEWER, lost, partial, results
from faults.disk import disk, resize, taken
from workflow.conftest import Project, copied

pytestmark = pytest.mark.faults
FULL = re.compile(r"^error: (results/\S+): the disk is full, or your share of it; free some space there", re.MULTILINE)
FAILED = re.compile(r"^Error in rule", re.MULTILINE)
ENOUGH = 4 << 30  # bytes


@pytest.fixture
def project(tmp_path) -> Iterator[Project]:
    """A project whose results lie on a disk of their own."""
    project = copied(tmp_path / "project")
    with ExitStack() as stack:
        try:
            stack.enter_context(disk(project.root / "results", ENOUGH))
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no small disk can be mounted, which takes root: {error}")
        yield project


def sizes(reference: Project) -> list[int]:
    """Bytes that do not do for the videos, for the clips, and for a training's checkpoint."""
    folder = results(reference)
    videos, clips = taken(folder / "videos"), taken(folder / "clips.h5")
    checkpoint = max(map(taken, folder.glob("**/checkpoint.safetensors")))
    return [videos // 2, videos + clips // 2, videos + 2 * clips + checkpoint // 2]


def test_a_full_disk_is_told_in_a_line_and_costs_nothing(project, undisturbed, tell):
    folder, told = project.root / "results", []
    for size in sizes(undisturbed.project):
        resize(folder, size)
        done = project.snakemake(settings=FEWER)
        output = done.stdout + done.stderr
        assert done.returncode != 0 and "Traceback" not in output, output
        files = set(FULL.findall(output))
        assert files and len(files) == len(FAILED.findall(output)), output
        assert partial(project) == []
        told.append(f"{size >> 10} KiB: {', '.join(sorted(files))}")
    resize(folder, ENOUGH)
    done = project.snakemake(settings=FEWER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert lost(project, undisturbed.project) == {} and partial(project) == []
    tell("the disk was full at\n" + "\n".join(told) + "\nand with more room no byte is missing")
