"""How long `impactsound dub` takes, and how much memory, by the length of the clip; as Markdown.

The clips are test videos of a finished run, joined, at 1280 x 720 and 30 frames/s, with the run's model. Each is
dubbed as a person would, by the command: hits looked for, then again with one hit edited.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ffmpeg
import numpy as np
import pandas as pd
from rows import Row, measured_on, table

from impactsound.media.ffmpeg import length
from impactsound.media.process import location, run, source

ROOT = Path(__file__).parents[1]
SIZE, FRAME_RATE = (1280, 720), 30  # pixels, frames/s
COMMAND = "import sys; from impactsound.commands import main; sys.exit(main())"
KIB = 1024
MINUTE = 60.0  # s

INTRODUCTION = """\
# Dubbing

`impactsound dub` of clips of 1280 x 720 at 30 frames/s, from the start of the process to its end; memory is the most
that it held. Goal: a clip of 60 s with 60 hits within 60 s on two CPU cores."""


@dataclass(frozen=True)
class Run(Row):
    """A row: a clip, how it was dubbed, and what that took."""

    clip_s: float
    what: str
    hits: int
    made_anew: int
    wall_s: float
    cpu_s: float
    memory_MiB: float

    def misses(self) -> set[str]:
        """The goal is of the clip of a minute."""
        return {"wall_s"} if 55 < self.clip_s < 70 and self.wall_s > 60 else set()


def main(arguments: Sequence[str]) -> None:
    options = _parse(arguments)
    manifest = pd.read_csv(options.results / "splits" / "test.csv")
    root = options.results.resolve().parents[1]
    videos = [root / path for path in manifest["path_video"].drop_duplicates()]
    with tempfile.TemporaryDirectory() as folder:
        rows = [row for seconds in options.seconds for row in measured(seconds, videos, options.results, Path(folder))]
    options.output.write_text("\n\n".join([INTRODUCTION, measured_on(arguments), table(rows)]) + "\n")
    print(f"wrote {options.output}")


def measured(seconds: float, videos: Sequence[Path], results: Path, folder: Path) -> Iterable[Run]:
    """A clip dubbed, and dubbed again with an edit."""
    clip, dubbed, edits = (folder / f"{name}_{seconds:g}.{kind}" for name, kind in NAMES)
    join(enough(videos, min(seconds, MINUTE)), folder / "minute.mp4")
    repeat(folder / "minute.mp4", math.ceil(seconds / MINUTE), clip)
    edits.write_text(json.dumps({"hits": [{"id": 3, "edit": {"size": 1.5}}]}))
    model = ["--model", str(results / "model"), "-o", str(dubbed)]
    yield timed("hits looked for", ["dub", str(clip), *model], clip)
    yield timed("one hit edited", ["dub", str(clip), *model, "--edits", str(edits)], clip)


NAMES = (("clip", "mp4"), ("dubbed", "mp4"), ("edits", "json"))


def enough(videos: Sequence[Path], seconds: float) -> list[Path]:
    """The first videos that last as long together."""
    end = np.cumsum([length(video, "V:0") for video in videos])
    return list(videos[: np.searchsorted(end, seconds) + 1])


def repeat(video: Path, times: int, path: Path) -> None:
    """A video several times over, its picture copied."""
    again = source(video, stream_loop=times - 1)
    run(again.output(location(path), c="copy"), video, path)


def join(videos: Sequence[Path], path: Path) -> None:
    """One silent clip of several."""
    parts = [source(video)["V:0"].filter("scale", *SIZE).filter("fps", FRAME_RATE) for video in videos]
    joined = ffmpeg.concat(*parts, v=1, a=0)
    run(joined.output(location(path), vcodec="libx264", preset="veryfast", pix_fmt="yuv420p"), path, path)


def timed(what: str, arguments: Sequence[str], clip: Path) -> Run:
    """Run the command in a process of its own."""
    begun = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    if status:
        raise SystemExit(f"impactsound {' '.join(arguments)} failed")
    hits, made, *_ = (int(word) for word in said.rpartition(": ")[2].split() if word.isdigit())
    return Run(length(clip, "V:0"), what, hits, made, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / KIB)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = ROOT / "results" / "simulated"
    parser.add_argument("--results", type=Path, default=default, help="folder of a run (results/simulated)")
    parser.add_argument("--seconds", type=float, nargs="+", default=[60.0, 300.0], help="lengths of the clips")
    default = Path(__file__).with_suffix(".md")
    parser.add_argument("--output", type=Path, default=default, help="Markdown file (benchmarks/dubbing.md)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
