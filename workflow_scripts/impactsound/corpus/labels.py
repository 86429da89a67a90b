"""The impacts of a video, from its `_times.txt`: a line each of onset in seconds and up to three labels."""

import math
from pathlib import Path

import pandas as pd

from impactsound.errors import InputError

LABELS = ("material", "action", "reaction")
UNLABELLED = {"material": "None", "action": "hit", "reaction": "None"}


def read_times(path: str | Path, labelled: bool = True) -> pd.DataFrame:
    """The events of a video in the order of their onsets: `event`, `onset`, `material`, `action`, `reaction`.

    An event is numbered by its place in the file. "None" is the release's word for an absent label; a
    line that stops before a label has "None", and "hit" for the action.

    Args:
        labelled: whether every line must have all three labels, as in the release.

    Raises:
        InputError: naming the file and the line that is not an event.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file; write one line an impact: onset in seconds, then if you like material, "
            "action and reaction, with single spaces"
        ) from None
    except (UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: is not a text file that can be read; write it as UTF-8") from error
    events = [
        event(line.split(), f"{path}: line {number}", labelled)
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    table = pd.DataFrame(events, columns=["onset", *LABELS]).astype({"onset": float})
    table.insert(0, "event", range(len(table)))
    return table.sort_values("onset", kind="stable", ignore_index=True)


def event(words: list[str], place: str, labelled: bool) -> tuple[float, str, str, str]:
    """Onset, material, action and reaction from the words of a line.

    >>> event(["0.5", "wood"], "a_times.txt: line 1", labelled=False)
    (0.5, 'wood', 'hit', 'None')
    """
    if labelled and len(words) != 4:
        raise InputError(f"{place} has {len(words)} words; write onset, material, action and reaction")
    if len(words) > 4:
        raise InputError(f"{place} has {len(words)} words; write onset and at most three labels")
    try:
        onset = float(words[0])
    except ValueError:
        raise InputError(f"{place} begins with {words[0]!r}; write the onset in seconds") from None
    if not (math.isfinite(onset) and onset >= 0):
        raise InputError(f"{place} has the onset {words[0]}; write a time in seconds from the video's start")
    given = dict(zip(LABELS, words[1:], strict=False))
    return onset, *(given.get(label, UNLABELLED[label]) for label in LABELS)
