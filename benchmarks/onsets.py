"""How well hits are found in silent video: the demo's table, and a real clip that its detector never saw, as Markdown.

Seconds on one CPU core, after `snakemake results/simulated/tables/onsets.csv`. The real clip is read from
../shared/data next to the repository, and left out, with a note, where it is absent.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rows import measured_on

from impactsound import weights
from impactsound.corpus import release
from impactsound.corpus.labels import read_times
from impactsound.evaluation.tables import to_markdown
from impactsound.onset.compared import compared
from impactsound.onset.events import Events
from impactsound.onset.find import load
from impactsound.onset.scores import FIGURES, onset_table
from impactsound.vision.tsm import TSM

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "greatest_hits_mini" / "vis-data-256"
COUNTED = ["detector", "tolerance", *FIGURES, "error_ms", "hits", "found"]

INTRODUCTION = """\
# Onsets

Hits found in silent video, scored as by `mir_eval.onset`: `learned`, the detector that the workflow trains on its
corpus, from what changes in the visual latent and what moves; `motion alone`, a baseline without learning, the turn of
what moves down. The thresholds of both are chosen on the validation videos of the simulated corpus."""

DEMO = """\
The demo's test videos. Means over the videos, and figures of all hits together; in brackets 95 % over videos drawn
again. Goal: an F-measure of at least 0.95 at 50 ms."""

CLIP = """\
One video of Greatest Hits, which neither training nor choice has seen: a drumstick on metal, eight hits. What the
simulated corpus teaches is all that the detector knows."""


def main(arguments: Sequence[str]) -> None:
    options = _parse(arguments)
    torch.set_num_threads(1)
    table = to_markdown(options.results / "tables" / "onsets.csv").strip()
    parts = [
        INTRODUCTION,
        measured_on(arguments),
        f"## Simulated corpus\n\n{DEMO}\n\n{table}",
        f"## Real clip\n\n{CLIP}",
    ]
    if REAL.is_dir():
        vision = options.vision or options.results / "vision" / "model.safetensors"
        parts += real(vision, options.results / "onset" / "model.safetensors")
    else:
        parts.append("Left out: what it needs is not on this machine.")
    options.output.write_text("\n\n".join(parts) + "\n")
    print(f"wrote {options.output}")


def real(vision: Path, model: Path) -> list[str]:
    """The real clip's scores and times, as Markdown."""
    network = weights.load(vision, TSM(**weights.config(vision)))
    (video,) = release.find_videos(REAL)
    onset = read_times(video.times)["onset"].to_numpy(dtype=float)
    seen = compared(video.picture, network, load(model, vision))
    events = Events(str(video.picture), onset, np.zeros(0))
    scores = onset_table([events], {name: [detector.time] for name, detector in seen.items()}, seed=0)
    scores = scores.loc[scores["mean"] == "hits", COUNTED].map(_short)
    found = {"true": onset, **{name: detector.time for name, detector in seen.items()}}
    times = pd.DataFrame({"": list(found), "found at, s": map(_listed, found.values())})
    return [table.to_markdown(index=False, disable_numparse=True) for table in (scores, times)]


def _listed(times: np.ndarray) -> str:
    return ", ".join(f"{time:.2f}" for time in times)


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = ROOT / "results" / "simulated"
    parser.add_argument("--results", type=Path, default=default, help="folder of a run (results/simulated)")
    parser.add_argument("--vision", type=Path, help="the visual encoder's file, if not that of the run")
    default = Path(__file__).with_suffix(".md")
    parser.add_argument("--output", type=Path, default=default, help="Markdown file (benchmarks/onsets.md)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
