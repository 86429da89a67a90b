"""Snakemake in a project, and the jobs that it has started, as processes that can be killed."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

from faults.corpus import FEWER
from workflow.conftest import SNAKEMAKE, Project


def start(project: Project, *arguments: str) -> subprocess.Popen:
    """Start Snakemake in a process group of its own; what it says goes to a file, which outlives it."""
    (project.root / "overlay.yaml").write_text(yaml.safe_dump(FEWER))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with said(project).open("ab") as output:
        return subprocess.Popen(
            [*SNAKEMAKE, *arguments, "--cores", "2", "--configfile", "configs/tiny.yaml", "overlay.yaml"],
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": str(project.root / "workflow_scripts"), "PATH": path},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def said(project: Project) -> Path:
    """All that Snakemake has said in a project."""
    return project.root / "said.txt"


def latest(project: Project) -> str:
    """The end of it."""
    return said(project).read_text()[-3000:]


@dataclass(eq=False)
class Job:
    """A job at work since a time. Its stage is the name of its rule; `script` is what Snakemake wrote for it alone."""

    script: str
    process: psutil.Process
    since: float = field(default_factory=time.time)

    @property
    def stage(self) -> str:
        return self.script.split(".")[1]

    @property
    def alive(self) -> bool:
        try:
            return self.process.is_running() and self.process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


class Jobs:
    """The jobs of a project that have begun since this was made."""

    def __init__(self, project: Project):
        self.folder = project.root / ".snakemake" / "scripts"
        self.seen = self._scripts()  # of earlier runs, which kills have left

    def begun(self) -> list[Job]:
        """Those that were not there at the last call."""
        new = self._scripts() - self.seen
        jobs = [Job(script, process) for script, process in self._processes(new).items()]
        self.seen |= {job.script for job in jobs}
        return jobs

    def _scripts(self) -> set[str]:
        return {path.name for path in self.folder.glob("*.py")}

    def _processes(self, scripts: set[str]) -> dict[str, psutil.Process]:
        """The process that runs each script: `python <script>`, and not the shell that waits for it."""
        lines = {process: process.info["cmdline"] for process in psutil.process_iter(["cmdline"])} if scripts else {}
        named = {Path(line[1]).name: process for process, line in lines.items() if line and len(line) > 1}
        return {script: named[script] for script in scripts & named.keys()}
