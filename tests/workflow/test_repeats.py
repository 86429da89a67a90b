"""The same seed gives the same tables, all of them; a killed training goes on from where it was."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODEL = "results/tiny/networks/video/0/model.safetensors"
LONGER = {"diffusion": {"training": {"steps": 40, "validate_every": 5}}}


STUDIES = yaml.safe_load((ROOT / "configs" / "tables.yaml").read_text()) | {"seeds": [0, 1]}
TIMES = {"timing.csv", "timing_stages.csv"}  # which no two runs share

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def runs(copy_to, tmp_path_factory):
    """Two projects in which every table was made from scratch, of two seeds."""
    projects = [copy_to(tmp_path_factory.mktemp(name) / "project") for name in ("one", "other")]
    for project in projects:
        done = project.snakemake(settings=STUDIES)
        assert done.returncode == 0, done.stdout + done.stderr
    return projects


@pytest.fixture(scope="module")
def again(runs):
    """One of them."""
    return runs[1]


def tables(project):
    return {path.name: path for path in (project.root / "results" / "tiny" / "tables").glob("*.csv")}


def test_a_second_run_from_scratch_gives_the_same_tables(runs):
    one, other = map(tables, runs)
    assert one.keys() == other.keys() and len(one) > 15
    for name in one.keys() - TIMES:
        assert one[name].read_bytes() == other[name].read_bytes(), name


def test_every_table_says_what_it_was_made_from(again):
    for name, path in tables(again).items():
        made = json.loads(path.with_suffix(".provenance.json").read_text())
        assert made["inputs"] and made["params"]["code"], name


def test_every_study_is_in_the_report(again):
    page = (again.root / "results" / "tiny" / "report.html").read_text()
    for anchor in ("findings", "doubts", "ablations", "matching", "unseen", "noise", "editing", "making", "cost"):
        assert f'<h2 id="{anchor}">' in page


def test_trained_systems_have_a_spread_over_their_seeds(again):
    table = pd.read_csv(tables(again)["comparison.csv"]).set_index("system")
    assert table.loc["physics", "seeds"] == 2 and table.loc["physics", "fid_std"] > 0
    assert table.loc["retrieval", "seeds"] == 1 and pd.isna(table.loc["retrieval", "fid_std"])
    assert (table["n"] == table["n"].iloc[0]).all()


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
