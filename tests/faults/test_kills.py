"""Killed again and again at random moments, a run ends with the bytes of one that was not."""

import random

import pytest

from faults.corpus import durations, expected, lost, partial
from faults.kills import Drill, drawn, summary
from workflow.conftest import copied

pytestmark = pytest.mark.faults
SEED = 7


@pytest.fixture(scope="module")
def drill(tmp_path_factory, undisturbed) -> Drill:
    rng, took = random.Random(SEED), durations(undisturbed.project)
    project = copied(tmp_path_factory.mktemp("killed") / "project")
    drill = Drill(project, drawn(list(took), rng), took, rng)
    drill.run()
    return drill


def test_every_stage_was_killed_and_every_training_within_a_checkpoint(drill):
    stages = drill.took.keys()
    assert {stage for stage, _ in drill.done} == stages and drill.done.total() >= 30
    assert {stage for stage, how in drill.done if how == "checkpoint"} == {
        stage for stage in stages if stage.endswith("_training")
    }


def test_no_byte_is_lost(drill, undisturbed):
    assert lost(drill.project, undisturbed.project) == {}


def test_nothing_is_made_that_an_undisturbed_run_does_not(drill, undisturbed):
    assert expected(drill.project).keys() == expected(undisturbed.project).keys()
    assert partial(drill.project) == []


def test_what_was_done(drill, undisturbed, tell):
    files = expected(undisturbed.project)
    total = sum(path.stat().st_size for path in files.values())
    missing = sum(lost(drill.project, undisturbed.project).values())
    tell(
        f"{summary(drill.done)}\n"
        f"{drill.done.total()} kills survived in {drill.starts} runs of Snakemake, {drill.seconds:.0f} s; "
        f"undisturbed {undisturbed.seconds:.0f} s\n"
        f"bytes lost: {missing} of {total} in {len(files)} files"
    )
