"""What a table was made from: a JSON file beside it, which names the rule, its settings, inputs, code and software.

It holds no time and no path but those of the inputs, so that the same run gives the same bytes.
"""

import functools
import hashlib
import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from impactsound.files import atomic, write_text
from impactsound.jobs import device_name

SOFTWARE = ("torch", "snakemake", "impactsound")


def write_table(snakemake, table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV, and what it was made from beside it, `<name>.provenance.json`."""
    with atomic(path) as partial:
        table.to_csv(partial, index=False)
    write_provenance(snakemake, path)


def write_provenance(snakemake, path: str | Path) -> None:
    """Write what a job's output was made from beside it."""
    text = json.dumps(provenance(snakemake), indent=2, sort_keys=True, default=str)
    write_text(Path(path).with_suffix(".provenance.json"), text + "\n")


def provenance(snakemake) -> dict[str, object]:
    """What a job makes its outputs from; its params hold a digest of its code, too (see `digest`)."""
    return {
        "rule": snakemake.rule,
        "wildcards": dict(snakemake.wildcards.items()),
        "params": dict(snakemake.params.items()),
        "inputs": {str(path): fingerprint(Path(path)) for path in snakemake.input},
        "repository": repository(Path(__file__).parent),
        "software": {"python": platform.python_version(), **{name: _version(name) for name in SOFTWARE}},
        "device": device_name(snakemake),
    }


@functools.cache  # a job may write several tables
def fingerprint(path: Path) -> dict[str, object]:
    """What tells an input from another: a file's SHA-256; of a folder, how many files, and one of names and sizes.

    Raises:
        FileNotFoundError: if there is nothing of that name.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}
    # hidden files are no inputs: Snakemake keeps a date in one
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    listing = "".join(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\n" for file in files)
    return {"files": len(files), "sha256_of_names_and_sizes": hashlib.sha256(listing.encode()).hexdigest()}


def repository(folder: Path) -> dict[str, object] | None:
    """The commit that the folder's code is of, and whether a tracked file differs from it; None outside a repository.

    A copy of the code that lies untracked within another repository is of none of its commits.
    """
    if not _git(folder, "ls-files"):
        return None
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": _git(folder, "rev-parse", "HEAD"), "dirty": bool(changed)}


def _git(folder: Path, *arguments: str) -> str:
    """What git says of a folder; nothing where there is no git, no repository, or none that this user may read."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
