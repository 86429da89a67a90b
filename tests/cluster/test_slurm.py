"""On a real SLURM every job is submitted, has its GPU, and survives what a cluster does to jobs: nothing is lost.

One network's training is requeued, as by a preemption; another's is cancelled; the classifier's hangs until its time is
up. In the end the networks and the table are those of a run that nothing has disturbed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

import pytest
import yaml

from cluster import slurm
from cluster.corpus import LONGER, TARGET, gpu_rules, jobs, made, results, resumed, watched
from workflow.conftest import Project, copied

pytestmark = pytest.mark.cluster

PARTITIONS = {"partitions": {"cpu": {"max_gpu": 0}, "gpu": {"max_gpu": 2}}}
HERE = (  # what a SLURM without accounts and accounting needs, and short waits
    "--slurm-no-account",
    "--slurm-status-command=squeue",
    "--slurm-init-seconds-before-status-checks=2",
    "--slurm-partition-config=partitions.yaml",
    "--latency-wait=10",
)
REQUEUED, CANCELLED, HUNG = (
    "network_training_wildcards_tiny_video_0",
    "network_training_wildcards_tiny_physics_0",
    "classifier_training_wildcards_tiny",
)
FOLDERS = {REQUEUED: "networks/video/0", CANCELLED: "networks/physics/0", HUNG: "classifier"}
TIME = "%Y-%m-%dT%H:%M:%S"


@dataclass
class Disturbance:
    """Something that is done to a training's job as soon as it has a checkpoint."""

    job: str
    do: Callable[[str], None]
    done: bool = False

    def look(self, cluster: slurm.Slurm, project: Project) -> None:
        folder = results(project) / FOLDERS[self.job]
        if self.done or not list(folder.glob("runs/*/checkpoint.safetensors")):
            return
        (job,) = cluster.of(self.job)
        assert job["JobState"] == "RUNNING" and not (folder / "model.safetensors").exists(), f"{self.job}: too late"
        self.do(job["JobId"])
        self.done = True


def requeue(job: str) -> None:
    slurm.said("scontrol", "requeue", job)


def cancel(job: str) -> None:
    slurm.said("scancel", job)


def hang(job: str) -> None:
    """Stop a job's processes, and let it have a minute in all."""
    slurm.said("scancel", "--signal=STOP", job)
    slurm.said("scontrol", "update", f"JobId={job}", "TimeLimit=1")


@dataclass(frozen=True)
class Run:
    """A project that was run on SLURM, and what SLURM then said of it."""

    project: Project
    jobs: list[dict[str, str]]
    completions: list[dict[str, str]]
    devices: dict[str, set[str]]
    seconds: float

    def of(self, name: str) -> list[dict[str, str]]:
        """The jobs of a rule with its wildcards, the first first."""
        found = [job for job in self.jobs if job["Comment"] == f"rule_{name}"]
        return sorted(found, key=lambda job: int(job["JobId"]))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory, need):
    need("slurm")
    if reason := slurm.why_not():
        pytest.skip(reason)
    with slurm.started(tmp_path_factory.mktemp("slurm")) as running:
        yield running


@pytest.fixture(scope="session")  # as `undisturbed`, which is then not made where this is skipped
def run(cluster, tmp_path_factory) -> Run:
    """The tiny corpus on SLURM, disturbed."""
    project = copied(tmp_path_factory.mktemp("disturbed") / "project")
    (project.root / "partitions.yaml").write_text(yaml.safe_dump(PARTITIONS))
    disturbances = [Disturbance(REQUEUED, requeue), Disturbance(CANCELLED, cancel), Disturbance(HUNG, hang)]
    begun = time.monotonic()

    def look() -> None:
        for disturbance in disturbances:
            disturbance.look(cluster, project)

    process = project.start(TARGET, "--workflow-profile", "profiles/slurm", *HERE, settings=LONGER)
    output = watched(process, look)
    assert process.returncode == 0, output
    assert all(disturbance.done for disturbance in disturbances)
    seconds = time.monotonic() - begun
    return Run(project, cluster.jobs(), cluster.completions(), cluster.devices(), seconds)


def test_every_job_was_submitted_and_nothing_else(run):
    names = {job["Comment"].removeprefix("rule_").replace("_wildcards_tiny", "").replace("_", ".") for job in run.jobs}
    assert names == {name.replace("_", ".") for name in jobs(run.project)}
    assert len(run.jobs) == len(jobs(run.project)) + 2  # once more each what was cancelled, and what had hung
    assert all(job["JobId"] in {ended["JobId"] for ended in run.completions} for job in run.jobs)


def test_a_job_has_a_gpu_and_is_in_its_partition_if_its_rule_asks_for_one(run):
    rules = gpu_rules()
    for job in run.jobs:
        rule = job["Comment"].removeprefix("rule_").split("_wildcards_")[0]
        assert job.get("TresPerJob") == ("gres:gpu:1" if rule in rules else None), rule
        assert job["Partition"] == ("gpu" if rule in rules else "cpu"), rule
        assert (job["JobId"] in run.devices) == (rule in rules), rule


def test_gpu_jobs_at_the_same_time_have_different_gpus(run):
    times = [
        (datetime.strptime(job["StartTime"], TIME), datetime.strptime(job["EndTime"], TIME), run.devices[job["JobId"]])
        for job in run.jobs
        if len(run.devices.get(job["JobId"], ())) == 1 and job["Restarts"] == "0"
    ]
    together = [
        (mine, other)
        for (begin, end, mine), (other_begin, other_end, other) in combinations(times, 2)
        if min(end, other_end) > max(begin, other_begin)
    ]
    assert together and all(mine != other for mine, other in together)
    assert set.union(*(devices for *_, devices in times)) == {"0", "1"}


def test_a_requeued_training_goes_on_under_its_number(run):
    (job,) = run.of(REQUEUED)
    assert (job["JobState"], job["Restarts"]) == ("COMPLETED", "1")
    assert resumed(results(run.project) / FOLDERS[REQUEUED])


@pytest.mark.parametrize(("name", "state"), [(CANCELLED, "CANCELLED"), (HUNG, "TIMEOUT")])
def test_a_cancelled_or_hung_training_goes_on_as_another_job_with_more_time_and_memory(run, name, state):
    first, second = run.of(name)
    assert (first["JobState"], second["JobState"]) == (state, "COMPLETED")
    assert memory(second) > 1.9 * memory(first)
    assert second["TimeLimit"] == {CANCELLED: "1-00:00:00", HUNG: "04:00:00"}[name]
    assert resumed(results(run.project) / FOLDERS[name])


def memory(job: dict[str, str]) -> float:
    """MB that a job has asked for."""
    number = job["MinMemoryNode"]
    return float(number[:-1]) * {"M": 1, "G": 1024}[number[-1]]


def test_networks_and_tables_are_those_of_an_undisturbed_run(run, undisturbed):
    here, there = made(run.project), made(undisturbed)
    assert here.keys() == there.keys() and len(here) > 5
    for name in here:
        assert here[name] == there[name], name


def test_what_was_done(run, capsys):
    states = [job["JobState"] for job in run.jobs]
    restarts = sum(int(job["Restarts"]) for job in run.jobs)
    with capsys.disabled():
        print(
            f"\nSLURM, {run.seconds:.0f} s: {len(run.jobs)} jobs submitted, {len(run.devices)} of them with a GPU; "
            f"survived: {restarts} requeued, {states.count('CANCELLED')} cancelled, "
            f"{states.count('TIMEOUT')} timed out; "
            f"{len(made(run.project))} networks and tables are as undisturbed"
        )
