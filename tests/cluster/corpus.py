"""The tiny corpus, trained a little longer, so that its trainings can be caught at work; and what is made of it."""

import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from workflow.conftest import Project

ROOT = Path(__file__).parents[2]
VALIDATE = 10  # steps; a checkpoint at each
LONGER = {
    "vision": {"training": {"steps": 40, "validate_every": VALIDATE}},
    "diffusion": {"training": {"steps": 80, "validate_every": VALIDATE}},
    "evaluation": {
        "systems": ["real", "retrieval", "video", "physics"],
        "training": {"steps": 150, "validate_every": VALIDATE},
    },
}
TARGET = "results/tiny/tables/comparison.csv"


def results(project: Project) -> Path:
    return project.root / "results" / "tiny"


def made(project: Project) -> dict[str, bytes]:
    """Every network and table of a project, by its name."""
    folder = results(project)
    files = [*folder.glob("**/model.safetensors"), *folder.glob("tables/*.csv")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def resumed(training: Path) -> bool:
    """Whether a training was run twice, the second time from a checkpoint, by what it wrote for TensorBoard."""
    events = sorted(training.glob("runs/*/events/events.out.tfevents.*"))
    first = EventAccumulator(str(events[-1])).Reload().Scalars("loss")[0]
    return len(events) == 2 and first.step > VALIDATE


def gpu_rules() -> set[str]:
    """The rules that ask for a GPU, by their text."""
    text = "\n".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    rules = dict(re.findall(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL))
    return {name for name, body in rules.items() if "gpu=GPU" in body}


def jobs(project: Project) -> set[str]:
    """The rules and wildcards of all that was run, after their benchmarks, which every rule has."""
    return {path.stem for path in (results(project) / "benchmarks").iterdir()}


def watched(process: subprocess.Popen, look: Callable[[], None], seconds: float = 900.0) -> str:
    """Call `look` again and again while Snakemake runs; returns what it said, and ends it if that takes too long."""
    end = time.monotonic() + seconds
    with ThreadPoolExecutor(1) as thread:
        said = thread.submit(process.communicate)
        try:
            while not said.done():
                look()
                assert time.monotonic() < end, f"it still ran after {seconds} s"
                time.sleep(0.1)
        finally:
            process.terminate()
        return "".join(said.result())
