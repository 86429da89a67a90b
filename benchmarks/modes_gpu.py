"""Speed of the modal estimator on a GPU beside the two plain ones, as a Markdown file; nothing where there is none."""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rows import MISS, Row, measured_on, table
from speed import taken
from synthetic import draw
from systems import BINS, OURS, SYSTEMS

from impactsound.progress import progress

BATCH = 256  # clips
REPEATS = 9
LEAST = 500  # clips a second

TEXT = f"""\
# Modal estimation on a GPU

Clips a second of {BATCH} synthetic clips of K = 20 at 30 dB (see modes.md) in a batch on the device, at most 256 modes:
the median and the best of {REPEATS} repeats, in which the systems take turns. `re {BINS}` is the ratio of the medians;
the peak memory is the device's.

Target (of {OURS}): median >= {LEAST}. What misses it is marked{MISS}."""


@dataclass(frozen=True)
class GpuRow(Row):
    system: str
    clips_a_second: float
    best: float
    re_bins: float
    peak_GB: float

    def misses(self) -> set[str]:
        return {"clips_a_second"} if self.system == OURS and self.clips_a_second < LEAST else set()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).with_suffix(".md")
    parser.add_argument("--output", type=Path, default=default, help="Markdown file (benchmarks/modes_gpu.md)")
    output = parser.parse_args(arguments).output
    if not torch.cuda.is_available():
        print(f"{output} is as it was: there is no GPU here")
        return
    output.write_text(f"{TEXT}\n\n{measured_on(arguments)}\n\n{table(gpu_rows())}\n")
    print(f"wrote {output}")


def gpu_rows() -> list[GpuRow]:
    """A row a system."""
    clips = draw(20, 30, BATCH).sound.float().cuda()
    peak = {system: _peak(system, clips) for system in SYSTEMS}
    seconds = {system: [] for system in SYSTEMS}
    for _ in progress(range(REPEATS), "GPU"):
        for system in SYSTEMS:
            seconds[system].append(taken(system, clips))
    median = {system: statistics.median(each) for system, each in seconds.items()}
    return [
        GpuRow(system, BATCH / median[system], BATCH / min(each), median[system] / median[BINS], peak[system])
        for system, each in seconds.items()
    ]


def _peak(system: str, clips: torch.Tensor) -> float:
    """GB that an estimate takes; it also sets things up."""
    torch.cuda.reset_peak_memory_stats()
    taken(system, clips)
    return torch.cuda.max_memory_allocated() / 1e9


if __name__ == "__main__":
    main(sys.argv[1:])
