"""Whole runs of the workflow on the tiny corpus, in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("Snakefile", "config.yaml", "configs", "envs", "profiles", "rules", "schemas", "workflow_scripts")


@dataclass(frozen=True)
class Project:
    """A copy of the workflow, and how to run Snakemake in it."""

    root: Path

    def snakemake(self, *arguments: str, configfile: str = "configs/tiny.yaml") -> subprocess.CompletedProcess:
        """Run Snakemake with two cores on the code of the copy, whatever package is installed."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PYTHONPATH": str(self.root / "workflow_scripts"), "PATH": path}
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", configfile, *arguments]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=900)

    def would_run(self, *arguments: str, configfile: str = "configs/tiny.yaml") -> set[str]:
        """The rules that a dry run lists, without the targets."""
        done = self.snakemake("--dry-run", *arguments, configfile=configfile)
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.findall(r"^(?:local)?rule (\w+):", done.stdout + done.stderr, re.MULTILINE)
        return set(found) - {"all", "dub"}


def copied(target: Path) -> Project:
    """A fresh copy of the workflow, without results."""
    target.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, target / name)
    return Project(target)


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Project:
    """A project in which the tiny corpus has run to its end; to be read, and put back if changed."""
    project = copied(tmp_path_factory.mktemp("finished") / "project")
    done = project.snakemake()
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def fresh(tmp_path) -> Project:
    """A project in which nothing has run."""
    return copied(tmp_path / "project")
