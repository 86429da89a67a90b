"""What Snakemake itself makes of the workflow: a container's recipe, and a report."""

import os
import re
import zipfile
from pathlib import Path

import pytest
import yaml

ENVIRONMENT = Path(__file__).parents[2] / "envs" / "impactsound.yaml"
CONDA = """#!/bin/sh
# All that Snakemake asks conda before it writes a recipe.
case "$*" in
    "info --json") echo '{"conda_prefix": "/opt/conda", "platform": "linux-64"}' ;;
    "--version") echo "conda 99.0.0" ;;
    "config --get channel_priority --json") echo '{"get": {"channel_priority": "strict"}}' ;;
    *) exit 1 ;;
esac
"""


@pytest.fixture
def conda(tmp_path, monkeypatch):
    """A conda that can say what it is, and nothing else."""
    command = tmp_path / "bin" / "conda"
    command.parent.mkdir()
    command.write_text(CONDA)
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(("kind", "begins"), [("dockerfile", "FROM "), ("apptainer", "Bootstrap: docker")])
def test_one_environment_is_all_that_a_container_needs(fresh, conda, kind, begins):
    done = fresh.snakemake("--containerize", kind)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(begins)
    assert len(re.findall(r"conda env create --prefix \S+ --file \S+", done.stdout)) == 1
    assert "envs/impactsound.yaml" in done.stdout
    packages, said = yaml.safe_load(ENVIRONMENT.read_text())["dependencies"][-1]["pip"], set(done.stdout.split())
    assert packages and set(packages) <= said


@pytest.mark.whole
def test_snakemakes_report_has_the_figures_the_tables_and_the_page(finished, tmp_path):
    done = finished.snakemake("--report", str(tmp_path / "report.zip"))
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        names = {Path(name).name for name in archive.namelist()}
    made = finished.root / "results" / "tiny"
    shown = {path.name for path in [*made.glob("figures/*.svg"), *made.glob("tables/*.html")]} | {"report.html"}
    in_the_page_alone = {"spectrograms.svg", "modes.svg"}
    assert len(shown) > 12 and shown - in_the_page_alone <= names
