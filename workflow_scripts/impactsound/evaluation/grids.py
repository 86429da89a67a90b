"""Tables as they are shown: a figure with its interval and its spread in one cell, the best marked.

A table's columns `x_low` and `x_high` are the 95 % interval of `x`, and `x_std` its spread over seeds; they are shown
with it. Columns that are not given a title go by their own names.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from impactsound.evaluation.names import title
from impactsound.evaluation.tables import BELONGING, DIGITS, belongs

NAMED = ("system", "reference")  # columns of systems, which are called by their titles
UNRANKED = ("real", "video_class", "physics_oracle")  # they know what a system for silent video cannot


@dataclass(frozen=True)
class Column:
    """A column of figures: its title, the better direction ("" where there is none), what it measures."""

    title: str
    better: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Cell:
    """A figure or a name as it is shown; `aside` are its interval and its spread."""

    text: str
    aside: str = ""
    best: bool = False


@dataclass(frozen=True)
class Grid:
    """A table as it is shown: columns by name, the rows' names and their figures; `csv` is the table itself."""

    name: str
    columns: dict[str, Column]
    names: int
    rows: list[list[Cell]]
    csv: str


def grid(path: str | Path, columns: dict[str, Column]) -> Grid:
    """Read a table as it is to be shown.

    Args:
        path: of the CSV.
        columns: what figures are called and mean.
    """
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    shown = [name for name in table if not belongs(name, table)]
    names = [name for name in shown if not pd.api.types.is_numeric_dtype(table[name])]
    order = [*names, *(name for name in shown if name not in names)]
    best = {name: _best(table, name, columns.get(name, Column(name)).better) for name in order if name not in names}
    rows = [[_cell(row, name, best) for name in order] for row in table.to_dict("records")]
    titled = {name: columns.get(name, Column(name.replace("_", " "))) for name in order}
    content = base64.b64encode(Path(path).read_bytes()).decode()
    return Grid(Path(path).stem, titled, len(names), rows, f"data:text/csv;base64,{content}")


def _best(table: pd.DataFrame, name: str, better: str) -> float | None:
    """The best value of the systems that are ranked; where a table's rows are no systems, nothing is the best."""
    if not better or "system" not in table or table["system"].duplicated().any():
        return None
    ranked = table.loc[~table["system"].isin(UNRANKED), name]
    return ranked.min() if better == "lower" else ranked.max()


def _cell(row: dict, name: str, best: dict[str, float | None]) -> Cell:
    value = row[name]
    if name not in best:
        return Cell(title(str(value)) if name in NAMED else "" if pd.isna(value) else str(value))
    ranked = row.get("system") not in UNRANKED
    return Cell(number(value), _aside(row, name), ranked and best[name] is not None and value == best[name])


def _aside(row: dict, name: str) -> str:
    low, high, std = (row.get(name + end) for end in BELONGING)
    parts = [] if low is None or pd.isna(low) else [f"{number(low)} to {number(high)}"]
    return ", ".join(parts + ([] if std is None or pd.isna(std) else [f"± {number(std)}"]))


def number(value: float) -> str:
    """A figure of a few significant digits, with a true minus; a dash where there is none.

    >>> number(-0.0123449), number(150), number(float("nan"))
    ('−0.01234', '150', '–')
    """
    if pd.isna(value):
        return "–"
    text = f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)
    return text.replace("inf", "∞").replace("-", "−")
