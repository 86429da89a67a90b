"""Every table of a finished run, as one Markdown page, and whether a second run made the same ones.

    python benchmarks/tables.py --wall 43:10 --again ../another/results/simulated

Tables of many rows are given in part.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pandas as pd

from impactsound.evaluation.findings import findings
from impactsound.evaluation.tables import read

ROOT = Path(__file__).parents[1]
TIMINGS = {"timing", "timing_stages"}  # no two runs share these
MAIN = ["system", "fid", "kid", "kad", "kl", "accuracy", "n"]
ERRORS = ["system", "log_distance", "centroid_error", "decay_error", "loudness_error"]

Part = Callable[[pd.DataFrame], pd.DataFrame]


def main(arguments: Sequence[str]) -> None:
    options = _parse(arguments)
    paths = {path.stem: path for path in sorted((options.results / "tables").glob("*.csv"))}
    made = date.fromtimestamp(paths["comparison"].stat().st_mtime)
    page = [
        "# Every table of the demo",
        f"`make tables` at commit {_commit(options.results)}, {made}, on {options.machine}: "
        f"{options.wall} of wall time after set-up. One seed of every trained system, all systems, every study. In "
        "brackets 95 % over the test videos.",
        *([repeated(paths, options.again)] if options.again else []),
        "What the report says of them, by itself:",
        "\n".join(f"- {sentence}" for sentence in findings(paths)),
        *(
            f"## {title}\n\n{text}{_markdown(part(read(paths[name])))}"
            for title, text, name, part in PARTS
            if name in paths
        ),
    ]
    options.output.write_text("\n\n".join(page) + "\n")
    print(f"wrote {options.output}")


def repeated(paths: dict[str, Path], again: Path) -> str:
    """How many tables another run has made to the same bytes, and which not."""
    others = {name: again / "tables" / path.name for name, path in paths.items() if name not in TIMINGS}
    lacking = [name for name, other in others.items() if not other.is_file()]
    same = {name: others[name].read_bytes() == paths[name].read_bytes() for name in others if name not in lacking}
    unlike = ", ".join(name for name, equal in same.items() if not equal)
    counted = f"{sum(same.values())} of {len(same)} tables to the same bytes{f', not {unlike}' if unlike else ''}"
    without = f" It had no {', '.join(lacking)}." if lacking else ""
    said = f"A second run, from scratch at commit {_commit(again)}, made {counted}; those of times are not compared."
    return said + without


def of(*columns: str) -> Part:
    """Some columns."""
    return lambda table: table[[name for name in columns if name in table]]


def where(column: str, *values: str) -> Part:
    """The rows that have one of some values in a column."""
    return lambda table: table[table[column].isin(values)]


def without(*columns: str) -> Part:
    """All but some columns."""
    return lambda table: table.drop(columns=list(columns))


def both(one: Part, other: Part) -> Part:
    """One part of a table, and of that another."""
    return lambda table: other(one(table))


PARTS: tuple[tuple[str, str, str, Part], ...] = (
    ("Comparison", "", "comparison", of(*MAIN)),
    (
        "Errors",
        "Log distance (nepers), centroid (octaves), T60 (doublings), level (dB).\n\n",
        "comparison",
        of(*ERRORS),
    ),
    ("Differences", "In accuracy to `physics`, on the same clips.\n\n", "paired", where("measure", "accuracy")),
    ("Copies", "", "copies", without()),
    ("Modes that are heard", "", "heard_modes", without()),
    *(
        (f"Ablation: {name.replace('_', ' ')}", "", f"ablation_{name}", of(*MAIN))
        for name in ("residual", "decay_range", "conditioning", "guidance", "matching", "noise")
    ),
    ("Matching", "", "matching", without()),
    ("The unseen", "", "unseen", both(where("part", "seen", "left out"), without("log_distance"))),
    ("Noise", "", "noise", without()),
    ("Edits", "", "editing", without("kind", "nominal")),
    ("Finding hits", "", "onsets", without()),
    ("Sampling", "", "sampling", without()),
    ("Vocoder", "", "vocoder", without()),
    ("Physics", "", "physics", without()),
    ("Time by stage", "", "timing_stages", without()),
)


def _markdown(table: pd.DataFrame) -> str:
    return table.to_markdown(index=False, disable_numparse=True)


def _commit(results: Path) -> str:
    """The commit whose code made a run's tables, as they say."""
    made = json.loads((results / "tables" / "comparison.provenance.json").read_text())["repository"]
    return made["commit"][:7] + (" with uncommitted changes" if made["dirty"] else "")


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = ROOT / "results" / "simulated"
    parser.add_argument("--results", type=Path, default=default, help="folder of a run (results/simulated)")
    parser.add_argument("--again", type=Path, help="folder of a second one")
    parser.add_argument("--wall", required=True, help="what `time make tables` said")
    parser.add_argument("--machine", default="two CPU cores", help="what it ran on")
    default = Path(__file__).with_suffix(".md")
    parser.add_argument("--output", type=Path, default=default, help="Markdown file (benchmarks/tables.md)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
