"""Seconds and memory that an estimate takes."""

import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch
from recordings import recordings
from rows import Row
from synthetic import draw
from systems import BINS, OURS, RATE, SYSTEMS
from torch import Tensor

from impactsound.progress import progress

MAX_MODES = 256
BATCH = 16  # clips
MEMORY_CLIPS = (16, 256)

CAPTION = f"""\
Milliseconds a clip on one core (one thread), {BATCH} clips of float32 in a batch, at most {MAX_MODES} modes; the
systems take turns, so that what else the machine does weighs on all alike. `re {BINS}` is the ratio of the medians.

Target (of {OURS}): median <= 100 ms, with 30 ms aimed at."""

MEMORY_CAPTION = f"""\
Peak memory of a process of its own that estimates all clips in one call to {OURS}, in MB, Python and torch included.

Target: no more than 1.1 times as much for {MEMORY_CLIPS[1]} clips as for {MEMORY_CLIPS[0]}."""


@dataclass(frozen=True)
class SpeedRow(Row):
    clips: str
    system: str
    least_ms: float
    median_ms: float
    re_bins: float

    def misses(self) -> set[str]:
        return {"median_ms"} if self.system == OURS and self.median_ms > 100 else set()


@dataclass(frozen=True)
class MemoryRow(Row):
    clips: int
    peak_MB: float
    re_fewest: float

    def misses(self) -> set[str]:
        return {"re_fewest"} if self.re_fewest > 1.1 else set()


def speed_rows(repeats: int) -> list[SpeedRow]:
    """On one thread; without the recordings where they are not there."""
    clips = {"recordings": recordings(), "synthetic, K = 20, 30 dB": draw(20, 30, BATCH).sound}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [
            row for name, sound in clips.items() if sound is not None for row in _speed(name, sound.float(), repeats)
        ]
    finally:
        torch.set_num_threads(threads)


def _speed(name: str, clips: Tensor, repeats: int) -> list[SpeedRow]:
    seconds = {system: [] for system in SYSTEMS}
    for system in SYSTEMS:
        taken(system, clips)  # first calls set things up
    for _ in progress(range(repeats), f"speed, {name}"):
        for system in SYSTEMS:
            seconds[system].append(taken(system, clips))
    median = {system: statistics.median(each) for system, each in seconds.items()}
    per_clip = 1000 / len(clips)
    return [
        SpeedRow(name, system, min(each) * per_clip, median[system] * per_clip, median[system] / median[BINS])
        for system, each in seconds.items()
    ]


def taken(system: str, clips: Tensor) -> float:
    """Seconds that an estimate takes."""
    start = time.perf_counter()
    SYSTEMS[system](clips, RATE, MAX_MODES)
    if clips.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - start


def memory_rows() -> list[MemoryRow]:
    """A new process each."""
    peaks = []
    for count in progress(MEMORY_CLIPS, "memory"):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            peaks.append(pool.submit(_peak_memory, count).result())
    return [MemoryRow(count, peak, peak / peaks[0]) for count, peak in zip(MEMORY_CLIPS, peaks, strict=True)]


def _peak_memory(n_clips: int) -> float:
    """Peak MB of this process, after an estimate."""
    torch.set_num_threads(1)
    clips = draw(20, 30, BATCH).sound.float().repeat(n_clips // BATCH, 1)
    SYSTEMS[OURS](clips, RATE, MAX_MODES)
    # The peak that getrusage gives includes that of the process which started this one.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000
