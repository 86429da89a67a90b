"""Tables: CSV first; Markdown, LaTeX and HTML are made from it.

Columns `x_low` and `x_high` are the 95 % interval of a column `x`, and `x_std` its spread over seeds; the
others have them in one cell with it.
"""

from html import escape
from pathlib import Path

import pandas as pd

DIGITS = 4  # significant, in Markdown and LaTeX; the CSV has them all
BELONGING = ("_low", "_high", "_std")


def read(path: str | Path) -> pd.DataFrame:
    """A table with its figures as text of a few significant digits, its names as they are; empty is empty."""
    table = pd.read_csv(path, keep_default_na=False, na_values=[""]).map(_shown)
    return pd.DataFrame({name: _folded(table, name) for name in table if not belongs(name, table)})


def belongs(name: str, table: pd.DataFrame) -> bool:
    """Whether a column is the interval or the spread of another."""
    return any(name.endswith(end) and name.removesuffix(end) in table for end in BELONGING)


def to_markdown(path: str | Path) -> str:
    """The table in GitHub's Markdown."""
    return read(path).to_markdown(index=False, disable_numparse=True) + "\n"


def to_latex(path: str | Path) -> str:
    """The table for LaTeX with booktabs."""
    table = read(path)
    return table.to_latex(index=False, escape=True, column_format="l" + "r" * (table.shape[1] - 1))


def to_html(path: str | Path) -> str:
    """The table as a page by itself, for Snakemake's report."""
    table = read(path).to_html(index=False, escape=True, border=0)
    style = "body { font-family: sans-serif; } td, th { padding: 0.2em 0.6em; text-align: left; }"
    head = f'<!doctype html>\n<meta charset="utf-8">\n<title>{escape(Path(path).stem)}</title>\n<style>{style}</style>'
    return f"{head}\n{table}\n"


def _folded(table: pd.DataFrame, name: str) -> pd.Series:
    """A column of texts with its interval and spread, where there are any."""
    shown = table[name]
    if f"{name}_low" in table:
        low, high = table[f"{name}_low"], table[f"{name}_high"]
        shown = shown.where(low == "", shown + " [" + low + ", " + high + "]")
    if f"{name}_std" in table:
        shown = shown.where(table[f"{name}_std"] == "", shown + " ± " + table[f"{name}_std"])
    return shown


def _shown(value: object) -> str:
    if pd.isna(value):
        return ""
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)
