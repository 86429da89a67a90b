"""Accuracy and speed of the modal estimator beside two plain ones, as a Markdown file.

Synthetic sounds need nothing; measured objects and real recordings are read from ../shared/data next to the repository
and left out, with a note, where it is absent.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import measured_objects
import recordings
import speed
import synthetic
from rows import MISS, Row, measured_on, table
from systems import BINS, OURS, PEAKS

INTRODUCTION = f"""\
# Modal estimation

`{OURS}` is `impactsound.physics.estimate_modes`; `{BINS}` takes each STFT bin for a mode, as the code released with
Su et al. 2023 does; `{PEAKS}` picks the peaks of the spectrum and fits a line to the log of each one's STFT bin. A
figure of `{OURS}` that misses its target is marked{MISS}."""


def main(arguments: Sequence[str]) -> None:
    options = _parse(arguments)
    draws = options.draws or (5 if options.quick else 100)
    repeats = 2 if options.quick else 9
    memory = speed.memory_rows()
    parts = [
        f"{INTRODUCTION}\n\n{measured_on(arguments)}",
        _section("Synthetic sounds", f"{draws} draws a row. " + synthetic.CAPTION, synthetic.synthetic_rows(draws)),
        _section("Measured objects", measured_objects.CAPTION, measured_objects.object_rows()),
        _section("Real recordings", recordings.CAPTION, recordings.recording_rows()),
        _section("Speed", speed.CAPTION, speed.speed_rows(repeats)),
        _section("Memory", speed.MEMORY_CAPTION, memory),
    ]
    options.output.write_text("\n\n".join(parts) + "\n")
    print(f"wrote {options.output}")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=_positive, help="synthetic clips a row (100; 5 with --quick)")
    parser.add_argument("--quick", action="store_true", help="few draws and repeats, to see that it runs")
    default = Path(__file__).with_suffix(".md")
    parser.add_argument("--output", type=Path, default=default, help="Markdown file (benchmarks/modes.md)")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not positive")
    return value


def _section(title: str, caption: str, rows: Sequence[Row]) -> str:
    body = table(rows) if rows else "Left out: what it needs is not on this machine."
    return f"## {title}\n\n{caption}\n\n{body}"


if __name__ == "__main__":
    main(sys.argv[1:])
