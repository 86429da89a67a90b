"""Time and memory of a corpus's jobs, from the benchmarks that Snakemake leaves.

A job's are in `benchmarks/<stage>[.<wildcard>...].tsv`, and what it computed on is in the log of that name. Snakemake
looks at CPU time and memory every 0.5 s, after 15 s every 30 s: `cpu_s` is what it last saw and `memory_mib` the
most, neither more than was used, and unknown of a job that ended before it looked. No two runs give the same tables.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from impactsound.errors import InputError
from impactsound.jobs import logged_device

COLUMNS = {"s": "wall_s", "cpu_time": "cpu_s", "max_rss": "memory_mib"}
PLACES = ("benchmarks/*.tsv", "variants/*/benchmarks/*.tsv")
ALL = "all"  # the row of the totals
TOTALS = {
    "jobs": ("what", "size"),
    "wall_s": ("wall_s", "sum"),
    "cpu_s": ("cpu_s", "sum"),
    "memory_mib": ("memory_mib", "max"),
    "device": ("device", lambda names: ", ".join(sorted(set(names)))),
}


def jobs_table(folder: str | Path, stages: Sequence[str]) -> pd.DataFrame:
    """A row a job: its stage, what it was of ("system/seed"; of a variant, "variant/system/seed"), time and memory.

    Args:
        folder: of a corpus's results.
        stages: the rules in the order of the data flow; a benchmark of no such rule is left by another workflow.

    Raises:
        InputError: if there is no benchmark of these stages, or a file is none.
    """
    folder = Path(folder)
    found = [file for place in PLACES for file in sorted(folder.glob(place)) if _stage(file) in stages]
    if not found:
        raise InputError(f"{folder / 'benchmarks'}: holds no benchmark of a stage; run the workflow first")
    return pd.DataFrame([_job(file, folder) for file in sorted(found, key=lambda file: stages.index(_stage(file)))])


def stages_table(jobs: pd.DataFrame) -> pd.DataFrame:
    """A row a stage, and of all: how many jobs, their times added up, the most memory of one, what they computed on.

    Jobs run side by side, so the sum of `wall_s` is no time that anyone has waited.
    """
    every = jobs.assign(stage=ALL)
    return pd.concat([jobs, every]).groupby("stage", sort=False, as_index=False).agg(**TOTALS)


def _stage(file: Path) -> str:
    return file.name.split(".")[0]


def _job(file: Path, folder: Path) -> dict[str, object]:
    stage, *of = file.name.removesuffix(".tsv").split(".")
    variant = file.relative_to(folder).parts[1:-2]
    log = file.parent.with_name("logs") / f"{file.name.removesuffix('.tsv')}.log"
    return {"stage": stage, "what": "/".join([*variant, *of]), **_measured(file), "device": logged_device(log)}


def _measured(file: Path) -> dict[str, float]:
    """What a benchmark says; of a repeated one, the mean."""
    try:
        return pd.read_csv(file, sep="\t")[list(COLUMNS)].astype(float).mean().rename(COLUMNS).to_dict()
    except (ValueError, KeyError) as error:
        raise InputError(f"{file}: is no benchmark of Snakemake; delete it to leave that job out") from error
