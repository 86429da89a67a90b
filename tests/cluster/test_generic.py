"""With a scheduler that is asked by commands: what is asked for, and what becomes of a job that dies."""

import json
import os
import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from cluster.corpus import LONGER, gpu_rules, jobs, results, resumed, watched
from workflow.conftest import Project, copied

pytestmark = pytest.mark.cluster

MODEL = "results/tiny/vision/model.safetensors"
ASKED = re.compile(r"-N (\w+) .* -l select=1:ncpus=(\d+):mem=(\d+)mb:ngpus=(\d+) -l walltime=(\d+):00$")


@dataclass(frozen=True)
class Asked:
    """What was asked for a job: cores, MB, GPUs, minutes."""

    rule: str
    cores: int
    memory: int
    gpus: int
    minutes: int


@dataclass(frozen=True)
class Run:
    """A project whose jobs were submitted by such commands, and what was asked for each, in order."""

    project: Project
    asked: list[Asked]
    seconds: float

    def of(self, rule: str) -> list[Asked]:
        return [asked for asked in self.asked if asked.rule == rule]


@pytest.fixture(scope="session")  # as `undisturbed`, which is then not made where this is skipped
def run(tmp_path_factory, need) -> Run:
    """The visual encoder of the tiny corpus; the job that trains it is killed once, with all of its processes."""
    need("generic")
    folder = tmp_path_factory.mktemp("pbs")
    project = copied(tmp_path_factory.mktemp("generic") / "project")
    begun, killed = time.monotonic(), []

    def kill_once() -> None:
        if not killed and list(results(project).glob("vision/runs/*/checkpoint.safetensors")):
            killed.append(requests(folder)[-1]["pid"])
            os.killpg(killed[0], signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{commands(folder)}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("PBS_FOLDER", str(folder))
        process = project.start(MODEL, "--workflow-profile", "profiles/generic", "--latency-wait=10", settings=LONGER)
        output = watched(process, kill_once)
    assert process.returncode == 0, output
    asked = [ASKED.search(" ".join(request["line"])).groups() for request in requests(folder)]
    return Run(project, [Asked(rule, *map(int, numbers)) for rule, *numbers in asked], time.monotonic() - begun)


def commands(folder: Path) -> Path:
    """A folder of commands that pretend to be PBS's."""
    for name in ("qsub", "qstat", "qdel"):
        (folder / name).symlink_to(Path(__file__).with_name("pbs.py"))
    return folder


def requests(folder: Path) -> list[dict]:
    """What was submitted, in order."""
    paths = sorted(folder.glob("*.request"), key=lambda path: int(path.stem))
    return [json.loads(path.read_text()) for path in paths]


def test_every_job_was_asked_for_once_and_the_killed_one_again(run):
    rules = [asked.rule for asked in run.asked]
    assert set(rules) == jobs(run.project) and len(rules) == len(jobs(run.project)) + 1
    assert rules[-2:] == ["vision_training"] * 2


def test_what_is_asked_for_is_what_the_rule_needs(run):
    for asked in run.asked:
        assert asked.gpus == (asked.rule in gpu_rules()) and asked.cores == 1 and asked.memory >= 4000


def test_the_killed_training_goes_on_with_more_memory_and_time(run):
    first, second = run.of("vision_training")
    assert second.memory > 1.9 * first.memory and second.minutes == 2 * first.minutes
    assert resumed(results(run.project) / "vision")


def test_the_encoder_is_that_of_an_undisturbed_run(run, undisturbed):
    assert (run.project.root / MODEL).read_bytes() == (undisturbed.root / MODEL).read_bytes()


def test_what_was_done(run, capsys):
    with capsys.disabled():
        print(f"\ncluster-generic, {run.seconds:.0f} s: {len(run.asked)} jobs submitted, 1 killed and taken up again")
