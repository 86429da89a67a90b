"""Tables: CSV first; Markdown and LaTeX are made from it."""

from pathlib import Path

import pandas as pd

DIGITS = 4  # significant, in Markdown and LaTeX; the CSV has them all


def read(path: str | Path) -> pd.DataFrame:
    """A table with its figures as text of a few significant digits, its names as they are; empty is empty."""
    return pd.read_csv(path, keep_default_na=False, na_values=[""]).map(_shown)


def to_markdown(path: str | Path) -> str:
    """The table in GitHub's Markdown."""
    return read(path).to_markdown(index=False, disable_numparse=True) + "\n"


def to_latex(path: str | Path) -> str:
    """The table for LaTeX with booktabs."""
    table = read(path)
    return table.to_latex(index=False, escape=True, column_format="l" + "r" * (table.shape[1] - 1))


def _shown(value: object) -> str:
    if pd.isna(value):
        return ""
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else str(value)
