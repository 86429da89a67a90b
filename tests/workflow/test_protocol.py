"""The test split is read by what makes and judges test sounds, and by nothing that learns or chooses."""

import re
from dataclasses import dataclass

import pytest

TABLES = {"physics_table", "noise_table", "unseen_table", "editing_table", "matching_table", "heard_modes_table"}
TABLES |= {"onset_table"}
JUDGES = {"comparison", "ablation", "panels"} | TABLES
MAKERS = {"generated_sounds", "copied_sounds"}
STUDIES = ["ablations", "modes", "unseen", "matching", "noise", "editing", "timing"]
CHOOSERS = {"sampling_table", "vocoder_table"}  # settings are chosen by these, on validation clips


@dataclass(frozen=True)
class Job:
    """A job of the DAG."""

    rule: str
    inputs: frozenset[str]
    outputs: frozenset[str]


def jobs(text: str) -> list[Job]:
    """What a dry run lists."""
    found = []
    for block in re.split(r"\n(?=(?:local)?rule \w+:)", text)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", block).group(1)
        files = (re.search(rf"^ +{kind}: (.*)$", block, re.MULTILINE) for kind in ("input", "output"))
        found.append(Job(rule, *(frozenset(line.group(1).split(", ") if line else ()) for line in files)))
    return found


def ancestors(job: Job, makers: dict[str, Job]) -> set[str]:
    """The files that a job's inputs are made from, directly or not, and those inputs."""
    seen, todo = set(), list(job.inputs)
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo += makers[file].inputs if file in makers else []
    return seen


@pytest.fixture(scope="module")
def dag(finished) -> list[Job]:
    done = finished.snakemake("--dry-run", "--forceall", settings={"studies": STUDIES})
    assert done.returncode == 0, done.stdout + done.stderr
    return jobs(done.stdout + done.stderr)


def is_test(file: str) -> bool:
    return file.endswith("splits/test.csv")


def test_no_training_has_the_test_split_among_its_ancestors(dag):
    makers = {file: job for job in dag for file in job.outputs}
    trainings = [job for job in dag if job.rule.endswith("_training")]
    assert {"vision_training", "residual_training", "network_training", "classifier_training", "onset_training"} <= {
        job.rule for job in trainings
    }
    for job in trainings:
        above = ancestors(job, makers)
        assert any(file.endswith("splits/train.csv") for file in above)
        assert not any(is_test(file) or "/generated/" in file or "/tables/" in file for file in above), job


def test_settings_are_chosen_on_validation_clips(dag):
    makers = {file: job for job in dag for file in job.outputs}
    choosing = [job for job in dag if job.rule in CHOOSERS]
    assert {job.rule for job in choosing} == CHOOSERS
    assert not any(is_test(file) for job in choosing for file in ancestors(job, makers))


def test_only_makers_and_judges_of_test_sounds_read_the_test_split(dag):
    readers = {job.rule for job in dag if any(map(is_test, job.inputs))}
    assert readers >= MAKERS
    assert readers <= MAKERS | JUDGES
