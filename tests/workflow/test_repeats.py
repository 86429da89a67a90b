"""The same seed gives the same tables; a killed training goes on from where it was."""

import os
import shutil
import signal
import time

import pytest

MODEL = "results/tiny/networks/video/0/model.safetensors"
LONGER = {"diffusion": {"training": {"steps": 40, "validate_every": 5}}}


@pytest.fixture(scope="module")
def again(finished, tmp_path_factory):
    """A second project in which the tiny corpus has run from scratch."""
    project = finished.copied(tmp_path_factory.mktemp("again") / "project")
    done = project.snakemake()
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_a_second_run_from_scratch_gives_the_same_tables(finished, again):
    tables = [f"{name}.csv" for name in ("comparison", "accuracy", "physics", "sampling", "vocoder")]
    for name in (*tables, "comparison.md", "comparison.tex"):
        mine, theirs = (project.root / "results" / "tiny" / "tables" / name for project in (finished, again))
        assert mine.read_bytes() == theirs.read_bytes(), name


def test_a_killed_training_ends_with_the_weights_of_an_undisturbed_one(again):
    done = again.snakemake(MODEL, settings=LONGER)
    assert done.returncode == 0, done.stdout + done.stderr
    model = again.root / MODEL
    undisturbed = model.read_bytes()
    model.unlink()
    shutil.rmtree(model.parent / "runs")

    process = again.start(MODEL, settings=LONGER)
    while not list(model.parent.glob("runs/*/checkpoint.safetensors")):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not model.exists()

    assert again.snakemake("--unlock").returncode == 0
    done = again.snakemake(MODEL, settings=LONGER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert model.read_bytes() == undisturbed
