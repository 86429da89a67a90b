"""A rule needs nothing but what it declares: a job of each, alone with its inputs, makes again what it made.

The jobs are those of a finished tiny run, to which studies are added, so that every rule has one.
"""

import csv
import re
import shutil
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULES = re.findall(r"^rule (\w+):", "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk")), re.MULTILINE)
ELSEWHERE = {
    "greatest_hits",  # downloads: tests/corpus
    "gathered",  # its inputs are temporary: test_shards
    "listening_score",  # its inputs are people's answers: tests/evaluation
    "timing_table",  # reads benchmarks, which are no outputs: tests/evaluation
}
STUDIES = {  # as few variants as each study can have
    "evaluation": {
        "noise": ["snr_5"],
        "unseen": {"variants": ["no_metal"], "systems": ["retrieval"]},
        "matching": {"variants": ["match_embedding"], "system": "physics_regressed"},
        "editing": {"systems": ["modal", "physics"]},
    },
    "listening": {"pairs": [["physics", "video"]]},
}
TABLES = ["ablation_guidance", "noise", "unseen", "matching", "editing", "heard_modes"]
TARGETS = ["all", "results/tiny/listening/study.html", *(f"results/tiny/tables/{table}.csv" for table in TABLES)]
FOOTAGE = Path("footage")

pytestmark = pytest.mark.whole


@dataclass(frozen=True)
class Job:
    """A job that has run."""

    inputs: list[str]
    outputs: list[str]


def settings(rule: str) -> dict:
    return STUDIES | ({"footage": str(FOOTAGE)} if rule == "dubbed" else {})


def succeeded(done) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)


def content(path: Path) -> dict[str, bytes]:
    """The bytes of a file, or of those of a folder, by name; Snakemake keeps a date in a hidden one."""
    found = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    return {str(file.relative_to(path)): file.read_bytes() for file in found if not file.name.startswith(".")}


def jobs(text: str) -> dict[str, Job]:
    """Of each rule one job that Snakemake's summary lists, an output a row: that with the first log."""
    rows = sorted(csv.DictReader(text.splitlines(), delimiter="\t"), key=itemgetter("log-file(s)"))
    found: dict[str, Job] = {}
    for (rule, _), outputs in groupby(rows, key=itemgetter("rule", "log-file(s)")):
        first, *others = outputs
        inputs = [file for file in first["input-file(s)"].split(",") if file not in ("", "-")]
        found.setdefault(rule, Job(inputs, [one["output_file"] for one in (first, *others)]))
    return found


@pytest.fixture(scope="module")
def made(finished, tmp_path_factory):
    """A copy of the finished project, in which studies and footage were made, too."""
    project = type(finished)(tmp_path_factory.mktemp("rules") / "project")
    shutil.copytree(finished.root, project.root, symlinks=True)
    name = next((project.root / "results/tiny/videos").glob("*_denoised.mp4")).name.removesuffix("_denoised.mp4")
    for kind, named in (("denoised.mp4", "hit.mp4"), ("times.txt", "hit_times.txt")):
        put(project.root / f"results/tiny/videos/{name}_{kind}", project.root / FOOTAGE / named)
    succeeded(project.snakemake(*TARGETS, "results/footage/hit.mp4", settings=settings("dubbed")))
    return project


@pytest.fixture(scope="module")
def ran(made) -> dict[str, Job]:
    """A job of every rule."""
    text = succeeded(
        made.snakemake(*TARGETS, "results/footage/hit.mp4", "--detailed-summary", settings=settings("dubbed"))
    )
    return jobs(text)


@pytest.mark.parametrize("rule", sorted(set(RULES) - ELSEWHERE))
def test_a_job_makes_the_same_of_its_inputs_alone(made, ran, fresh, rule):
    job = ran[rule]
    for file in job.inputs:
        put(made.root / file, fresh.root / file)
    succeeded(fresh.snakemake(*job.outputs, "--allowed-rules", rule, settings=settings(rule)))
    for file in job.outputs:
        one, other = content(made.root / file), content(fresh.root / file)
        assert one.keys() == other.keys() and one
        assert [name for name in one if one[name] != other[name]] == [], file
