"""The manifest as a file: one row an impact.

Columns: `clip` ("<video>/<number of the event in its times>"), `video`, `onset` in seconds, `material`,
`action`, `reaction`, `split`, and the files `path_video` and `path_sound`. The table of all events has `fate` in the
place of the split and the files: "kept", or why the manifest has no such row.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from impactsound.corpus.labels import LABELS, LATEST
from impactsound.errors import InputError
from impactsound.files import write_text
from impactsound.given import is_file

EVENT = ("clip", "video", "onset", *LABELS)
COLUMNS = (*EVENT, "split", "path_video", "path_sound")
EVENTS = (*EVENT, "fate")
LEADING_OUT = r"^/|^$|\x00|(?:^|/)\.\.(?:/|$)"  # what no clip may be called, as sounds are named after it


def save(manifest: pd.DataFrame, path: str | Path) -> None:
    """Write a manifest, or the `EVENTS`, as CSV, atomically; onsets are read back exactly."""
    write_text(path, manifest.to_csv(index=False, lineterminator="\n"))


def load(path: str | Path, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """Read a manifest; the label "None" stays a word.

    Args:
        columns: that it must have; `EVENTS` for the table of all events.

    Raises:
        InputError: if the file is absent, is no manifest, or a row cannot be one of it.
    """
    types = dict.fromkeys(columns, str) | {"onset": float}
    if not is_file(path):
        raise InputError(f"{path}: no such file")
    try:
        table = pd.read_csv(path, keep_default_na=False, dtype=types)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is not a manifest; delete it to have it made again") from error
    for name in columns:
        if name not in table:
            raise InputError(f"{path}: has no column {name!r}; delete it to have it made again")
    faults = {
        "is longer than the header": np.full(len(table), not isinstance(table.index, pd.RangeIndex)),
        "has an onset that is no time": ~table["onset"].between(0, LATEST),
        "has a clip that is listed twice": table["clip"].duplicated(),
        "has a clip whose name leads out of a folder": table["clip"].str.contains(LEADING_OUT, na=False),
    }
    for fault, rows in faults.items():
        if rows.any():
            raise InputError(f"{path}: row {1 + int(np.argmax(rows))} {fault}; delete it to have it made again")
    return table
