"""The tiny corpus with fewer systems, but every rule of a default run, and trainings that save often."""

from pathlib import Path

from workflow.conftest import Project

OFTEN = {"steps": 12, "validate_every": 1}  # a checkpoint at each validation
FEWER = {
    "residual": {"training": OFTEN},
    "vision": {"training": {"steps": 6, "validate_every": 1}},
    "onset": {"training": OFTEN},
    "diffusion": {"training": OFTEN},
    "regressor": {"training": OFTEN},
    "dubbing": {"system": "physics"},
    "evaluation": {
        "systems": ["real", "physics", "physics_regressed"],
        "training": OFTEN,
        "sampling": {"settings": [["dpm++", 2]]},
    },
}


def results(project: Project) -> Path:
    return project.root / "results" / "tiny"


def partial(project: Project) -> list[str]:
    """What processes that were killed have left."""
    return [str(path) for path in results(project).parent.rglob(".partial-*")]


def expected(project: Project) -> dict[str, Path]:
    """Every file that a run makes and that another makes alike: all but the logs, times and TensorBoard's events."""
    folder = results(project)
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    other = ("logs/", "benchmarks/", "tables/timing", "figures/timing")
    return {
        name: path
        for name, path in files.items()
        if not name.startswith(other) and "/events/" not in name and path.name != ".snakemake_timestamp"
    }


def lost(project: Project, reference: Project) -> dict[str, int]:
    """The files that a project lacks, or has otherwise than the reference, and the bytes of each there."""
    there = expected(project)
    return {
        name: path.stat().st_size
        for name, path in expected(reference).items()
        if name not in there or there[name].read_bytes() != path.read_bytes()
    }


def durations(reference: Project) -> dict[str, list[float]]:
    """Seconds that every job of a stage took, by stage."""
    took: dict[str, list[float]] = {}
    for path in sorted((results(reference) / "benchmarks").glob("*.tsv")):
        took.setdefault(path.name.split(".")[0], []).append(float(path.read_text().splitlines()[1].split("\t")[0]))
    return took
