"""The answers of a listening study: the CSV files that listeners saved, checked line by line against the key.

Columns: `study`, `participant`, `item`, `left`, `right` (ids of the sounds), `chosen` (left or right) and `seconds`
taken. A file may hold several listeners, and a listener may have answered a part.
"""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from impactsound.errors import InputError
from impactsound.evaluation.listening import SIDES

COLUMNS = ("study", "participant", "item", "left", "right", "chosen", "seconds")


def read_answers(paths: Sequence[str | Path], key: pd.DataFrame) -> pd.DataFrame:
    """The answers of all files, a row each, with the columns `COLUMNS`.

    Raises:
        InputError: naming the file and the line that is not an answer to this study, or the second to one question.
    """
    if not paths:
        raise InputError("config: listening.answers is null; name the folder of the .csv files that listeners saved")
    asked = key.set_index("item").to_dict("index")
    first: dict[tuple[str, str], str] = {}
    answers = []
    for path in paths:
        for number, row in rows(path):
            place = f"{path}: line {number}"
            check(row, asked, place)
            before = first.setdefault((row["participant"], row["item"]), place)
            if before != place:
                raise InputError(f"{place}: participant {row['participant']} answered this in {before}; remove one")
            answers.append(row)
    return pd.DataFrame(answers, columns=list(COLUMNS)).astype({"seconds": float})


def rows(path: str | Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a file, each with its line; a line may be empty.

    Raises:
        InputError: if it is not UTF-8 or not CSV, lacks a column, or holds no answer.
    """
    reader = csv.DictReader(io.StringIO(text(path), newline=""), strict=True)
    try:
        for name in COLUMNS:
            if name not in (reader.fieldnames or ()):
                raise InputError(f"{path}: line 1 has no column {name!r}; give the file as the page saved it")
        found = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.reader.line_num}: is not CSV ({error}); save it again") from error
    if not found:
        raise InputError(f"{path}: line 1: no answer follows it; remove the file")
    return found


def text(path: str | Path) -> str:
    """The text of a file, which may begin with a byte order mark.

    Raises:
        InputError: naming the line that is not UTF-8.
    """
    try:
        content = Path(path).read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise InputError(f"{path}: line {line}: is not UTF-8; save the file as CSV in UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check listening.answers") from error


def check(row: Mapping[str, str], asked: Mapping[str, Mapping[str, str]], place: str) -> None:
    """Raise an InputError unless the row answers one of the questions of the key, by item."""
    if None in row or None in row.values():
        raise InputError(f"{place}: has more or fewer fields than line 1; give the file as the page saved it")
    study = next(iter(asked.values()))["study"]
    if row["study"] != study:
        raise InputError(f"{place}: is of study {row['study']!r} and the key of {study!r}; score it with its own key")
    if not row["participant"]:
        raise InputError(f"{place}: names no participant; give each listener a name of their own")
    if row["item"] not in asked:
        raise InputError(f"{place}: item {row['item']!r} is not in the key; remove the line")
    for side in SIDES:
        if row[side] != asked[row["item"]][side]:
            raise InputError(
                f"{place}: {side} is {row[side]!r} and in the key {asked[row['item']][side]!r}; restore it"
            )
    if row["chosen"] not in SIDES:
        raise InputError(f"{place}: chosen is {row['chosen']!r}; it is one of {', '.join(SIDES)}")
    if not 0 <= _number(row["seconds"]) < math.inf:
        raise InputError(f"{place}: seconds is {row['seconds']!r}; it is a number, 0 or more")


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan
