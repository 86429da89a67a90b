"""Speed of the generator's two presets, `modern` and `paper`, side by side, and of the demo's, as Markdown.

The presets are read from configs/, the corpus's settings from configs/simulated-10k.yaml. What is trained on is noise:
the speed does not depend on it. On a CPU each measurement is made in a process of its own, whose peak memory it is.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from presets import PRESETS
from rates import NetworkRow, SamplingRate, TrainingRate, network_row, sampling_rate, training_rate
from rows import Row, measured_on, table

from impactsound.progress import progress

INTRODUCTION = """\
# Generator

`modern` is configs/modern.yaml and `paper` configs/paper.yaml (U-Net, objective, schedule, optimiser and sampler as
released with Su et al. 2023), both for the spectrograms of configs/simulated-10k.yaml, which are the paper's; `demo` is
config.yaml. Their conditions are the system `physics`'s."""
NETWORKS = """\
Parameters, and operations (twice the multiplications) of one evaluation for one clip, as counted by torch."""
TRAINING = """\
A training step's clips a second: forward, backward, clipping and AdamW, the median of the steps after the first, which
takes `first s` where it compiles the network. `busy` is the share of the GPU's peak operations that three times the
forward pass's are, where that peak is known."""
SAMPLING = """\
Sounds a second, Griffin-Lim included. One evaluation of the network, guidance included, is measured `timed` times and
taken `evaluations` times; where `timed` is as large, the whole sampling was run."""


def main(arguments: Sequence[str]) -> None:
    options = _parse(arguments)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    presets = [PRESETS[name] for name in (["demo"] if options.quick else PRESETS)]
    tasks = [
        *((network_row, preset, device) for preset in presets),
        *((sampling_rate, preset, device) for preset in presets),
        *((training_rate, preset, device, False) for preset in presets),
        *((training_rate, preset, device, True) for preset in presets if preset.training.compile and device == "cuda"),
    ]
    rows: dict[type, list[Row]] = {NetworkRow: [], TrainingRate: [], SamplingRate: []}
    head = f"{INTRODUCTION}\n\n{measured_on(arguments)}"
    for task in progress(tasks, "generator"):  # what is found is there, should the rest take too long
        row = _alone(device, *task)
        rows[type(row)].append(row)
        options.output.write_text(_page(head, rows))
    print(f"wrote {options.output}")


def _page(head: str, rows: Mapping[type, Sequence[Row]]) -> str:
    networks, training, sampling = rows.values()
    parts = [
        head,
        f"## Networks\n\n{NETWORKS}\n\n{table(networks)}",
        f"## Training\n\n{TRAINING}\n\n{table(training)}\n\n{_ratio(training)}",
        f"## Sampling\n\n{SAMPLING}\n\n{table(sampling)}\n\n{_ratio(sampling)}",
    ]
    return "\n\n".join(parts) + "\n"


def _alone(device: str, fn: Callable[..., Row], *arguments: object) -> Row:
    """The result of a function with the peak of memory to itself."""
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        return fn(*arguments)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(fn, *arguments).result()


def _ratio(rows: Sequence[TrainingRate | SamplingRate]) -> str:
    rate = {row.preset: row.clips_per_s for row in rows}
    if not {"modern", "paper"} <= rate.keys():
        return ""
    return f"`modern` is {rate['modern'] / rate['paper']:.3g} times as fast as `paper`."


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="the demo's preset alone")
    page = "generator_gpu.md" if torch.cuda.is_available() else "generator.md"
    default = Path(__file__).with_name(page)
    parser.add_argument("--output", type=Path, default=default, help=f"Markdown file (benchmarks/{page})")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
