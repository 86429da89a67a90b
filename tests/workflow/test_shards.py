"""A corpus whose stages are shared out among several jobs is the same as one whose stages are not."""

import re
import shutil

import h5py
import numpy as np
import pytest

QUICK = ("clips", "modes", "slots")
ALL = (*QUICK, "residual", "rendered", "visual", "onset/features")


def contents(path):
    """Attributes and datasets of a file."""
    with h5py.File(path) as file:
        return dict(file.attrs), {name: data[:].tolist() for name, data in file.items()}


def assert_same(path, other):
    """Pictures and names to the byte, numbers but for the rounding of another batch."""
    (notes, found), (other_notes, expected) = contents(path), contents(other)
    assert notes == other_notes
    assert found.keys() == expected.keys()
    for name, values in found.items():
        if name in ("clip", "frames"):
            assert str(values) == str(expected[name])
        else:
            np.testing.assert_allclose(values, expected[name], rtol=1e-4, atol=1e-5)


@pytest.fixture
def begun(finished, fresh):
    """A project with the videos and the manifest of the finished one."""
    for name in ("videos", "manifest.csv", "manifest.counts.csv", "events.csv", "splits", "residual", "vision"):
        source, target = (project.root / "results" / "tiny" / name for project in (finished, fresh))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    return fresh


@pytest.mark.parametrize("stages", [QUICK, pytest.param(ALL, marks=pytest.mark.whole)])
def test_shards_give_what_one_job_gives(finished, begun, stages):
    files = [f"results/tiny/{stage}.h5" for stage in stages]
    rules = ["clips", "modes", "residual", "visual", "onset_features", "gathered"]
    done = begun.snakemake(*files, "--allowed-rules", *rules, "--rerun-triggers", "mtime", settings={"shards": 3})
    assert done.returncode == 0, done.stdout + done.stderr
    for file in files:
        assert_same(begun.root / file, finished.root / file)
    assert not list((begun.root / "results" / "tiny" / "parts").rglob("*.h5"))  # they are needed no more


def test_a_stage_is_as_many_jobs_as_there_are_shards(finished):
    done = finished.snakemake("results/tiny/modes.h5", "--dry-run", "--forceall", settings={"shards": 5})
    assert done.returncode == 0, done.stdout + done.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", done.stdout, re.MULTILINE))
    assert {name: jobs[name] for name in ("manifest", "clips", "modes", "gathered")} == {
        "manifest": "1",
        "clips": "5",
        "modes": "5",
        "gathered": "2",
    }


def test_more_shards_than_videos_are_one_line(begun):
    done = begun.snakemake("results/tiny/clips.h5", "--rerun-triggers", "mtime", settings={"shards": 31})
    assert done.returncode
    assert "config: shards = 31, and there are 30 videos; ask for fewer" in done.stderr
    assert "Traceback" not in done.stderr
