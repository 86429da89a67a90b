"""Whole runs of the workflow on the tiny corpus, in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SNAKEMAKE = (sys.executable, "-m", "snakemake")
COPIED = ("Snakefile", "config.yaml", "configs", "envs", "profiles", "rules", "schemas", "workflow_scripts")


@dataclass(frozen=True)
class Project:
    """A copy of the workflow, and how to run Snakemake in it."""

    root: Path

    def start(self, *arguments: str, settings: dict | None = None) -> subprocess.Popen:
        """Start Snakemake on the code of the copy, whatever package is installed; `settings` replace the tiny ones."""
        overlay = self.root / "overlay.yaml"
        overlay.write_text(yaml.safe_dump(settings or {}))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return subprocess.Popen(
            [*SNAKEMAKE, *arguments, "--cores", "2", "--configfile", "configs/tiny.yaml", overlay.name],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root / "workflow_scripts"), "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def snakemake(self, *arguments: str, settings: dict | None = None) -> subprocess.CompletedProcess:
        """Run Snakemake to its end."""
        process = self.start(*arguments, settings=settings)
        stdout, stderr = process.communicate(timeout=900)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def would_run(self, *targets: str, settings: dict | None = None) -> set[str]:
        """The rules that a dry run lists, without the targets."""
        done = self.snakemake(*targets, "--dry-run", settings=settings)
        assert done.returncode == 0, done.stdout + done.stderr
        found = re.findall(r"^(?:local)?rule (\w+):", done.stdout + done.stderr, re.MULTILINE)
        return set(found) - {"all", "listening", "dub"}


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
def copy_to():
    """Makes a fresh copy of the workflow in a folder."""
    return copied


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
