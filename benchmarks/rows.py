"""Rows as Markdown, and what they were measured on."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import torch

MISS = " ✗"


@dataclass(frozen=True)
class Row:
    """A row of a table; its fields are the columns."""

    def misses(self) -> set[str]:
        """The columns whose figures miss their targets."""
        return set()


def table(rows: Sequence[Row]) -> str:
    """Markdown; figures that miss their targets are marked."""
    cells = [{name: _cell(row, name, value) for name, value in asdict(row).items()} for row in rows]
    frame = pd.DataFrame(cells).rename(columns=lambda name: name.replace("_", " "))
    return frame.to_markdown(index=False, disable_numparse=True)


def _cell(row: Row, name: str, value: object) -> str:
    text = f"{value:.3g}" if isinstance(value, float) else str(value)
    return text + MISS if name in row.misses() else text


def measured_on(arguments: Sequence[str]) -> str:
    """Machine, cores, versions, commit, date and command, as a Markdown list."""
    facts = {
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "GPU": torch.cuda.get_device_name() if torch.cuda.is_available() else "none",
        "torch": torch.__version__,
        "commit": commit(),
        "date": date.today().isoformat(),
        "command": f"`python benchmarks/{Path(sys.argv[0]).name} {shlex.join(arguments)}`".replace(" `", "`"),
    }
    return "\n".join(f"- {name}: {fact}" for name, fact in facts.items())


def processor() -> str:
    """Its name."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()


def commit() -> str:
    """The commit, and whether the package differs from it."""
    root = Path(__file__).parents[1]
    commit = _git(root, "rev-parse", "--short", "HEAD")
    changed = _git(root, "status", "--porcelain", "--", "workflow_scripts/impactsound", "benchmarks/*.py")
    return commit + (" with uncommitted changes" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"
