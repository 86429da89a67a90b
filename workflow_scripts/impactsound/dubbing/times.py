"""The times of hits as people give them: a `_times.txt`, a CSV, or words on the command line."""

import csv
import io
import math
import reprlib
from pathlib import Path

from impactsound.corpus.labels import read_times
from impactsound.errors import InputError
from impactsound.given import is_file, read_text

COLUMNS = ("time", "onset", "seconds")  # of a CSV with a header, the first of these that it has


def beside(video: str | Path) -> Path | None:
    """The `<name>_times.txt` beside a video, if there is one."""
    path = Path(video).with_name(f"{Path(video).stem}_times.txt")
    return path if is_file(path) else None


def given_times(given: str | Path, duration: float) -> list[float]:
    """Times in seconds, rising.

    Args:
        given: a file (`.csv`: a column named time, onset or seconds, or the first; else as a corpus's `_times.txt`), or
            numbers with commas between them.
        duration: of the video, in s.

    Raises:
        InputError: naming the file and the line, or the word, that is no time within the video.

    >>> given_times("1.5, 0.25", duration=2.0)
    [0.25, 1.5]
    """
    path = Path(given)
    if path.suffix.lower() == ".csv":
        times = _from_csv(path)
    elif path.suffix.lower() == ".txt" or is_file(path):
        times = [(str(path), onset) for onset in read_times(path, labelled=False)["onset"]]
    else:
        times = [("--times", _number(word, f"--times: {reprlib.repr(word.strip())}")) for word in str(given).split(",")]
    for place, time in times:
        if not 0 <= time <= duration:
            raise InputError(f"{place}: the time {time:g} s is outside the video, which lasts {duration:.3f} s")
    return sorted(time for _, time in times)


def _from_csv(path: Path) -> list[tuple[str, float]]:
    text = read_text(path, "give the times of the hits in seconds, one a line")
    try:
        rows = list(csv.reader(io.StringIO(text)))
    except csv.Error as error:
        raise InputError(f"{path}: is not a CSV that can be read; write it as UTF-8") from error
    lines = [(f"{path}: line {number}", row) for number, row in enumerate(rows, start=1) if any(map(str.strip, row))]
    column = 0
    if lines and not _is_number(lines[0][1][0]):
        names = [name.strip().lower() for name in lines.pop(0)[1]]
        column = next((names.index(name) for name in COLUMNS if name in names), 0)
    return [(place, _number(row[column] if column < len(row) else "", place)) for place, row in lines]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _number(word: str, place: str) -> float:
    if not _is_number(word) or not math.isfinite(float(word)):
        raise InputError(f"{place} is no time; write seconds from the video's start, e.g. 1.25")
    return float(word)
