#!/usr/bin/env python3
"""Commands that pretend to be PBS's: called qsub, it starts a script and writes down what was asked for it; called
qstat, it says how the script fares; called qdel, it ends it. Everything lies in the folder that PBS_FOLDER names."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

FOLDER = Path(os.environ.get("PBS_FOLDER", "."))
UNKNOWN = 153  # qstat's exit status for a job that PBS does not know
KILLED = 256 + signal.SIGKILL  # as PBS counts an end by a signal


def qsub(*line: str) -> None:
    """Start the script that the line ends with, in a session of its own; print its id."""
    number = str(len(list(FOLDER.glob("*.request"))) + 1)
    command = f"sh '{line[-1]}' > '{FOLDER / number}.log' 2>&1; echo $? > '{FOLDER / number}.exit'"
    process = subprocess.Popen(
        ["sh", "-c", command],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    (FOLDER / f"{number}.request").write_text(json.dumps({"line": line[:-1], "pid": process.pid}))
    print(f"{number}.pretended")


def qstat(*line: str) -> None:
    """Print what PBS prints of the job that the line ends with."""
    job = FOLDER / f"{line[-1].split('.')[0]}.request"
    if not job.is_file():
        sys.exit(UNKNOWN)
    ended = job.with_suffix(".exit")
    lives = Path(f"/proc/{json.loads(job.read_text())['pid']}").exists()
    print(f"Job Id: {line[-1]}")
    if ended.is_file() or not lives:
        print(f"    job_state = F\n    Exit_status = {ended.read_text().strip() if ended.is_file() else KILLED}")
    else:
        print("    job_state = R")


def qdel(*jobs: str) -> None:
    """Kill jobs with all that they have started."""
    for job in jobs:
        pid = json.loads((FOLDER / f"{job.split('.')[0]}.request").read_text())["pid"]
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    {"qsub": qsub, "qstat": qstat, "qdel": qdel}[Path(sys.argv[0]).name](*sys.argv[1:])
