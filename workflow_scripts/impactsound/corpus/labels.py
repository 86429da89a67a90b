"""The impacts of a video, from its `_times.txt`: a line each of onset in seconds and up to three labels."""

import reprlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from impactsound.corpus.video import TIMES
from impactsound.errors import InputError
from impactsound.given import read_text

LABELS = ("material", "action", "reaction")
UNLABELLED = {"material": "None", "action": "hit", "reaction": "None"}
LATEST = 1e6  # s, which are twelve days: what is later is no time of a video


def read_times(path: str | Path, labelled: bool = True) -> pd.DataFrame:
    """The events of a video in the order of their onsets: `event`, `onset`, `material`, `action`, `reaction`.

    An event is numbered by its place in the file. "None" is the release's word for an absent label; a
    line that stops before a label has "None", and "hit" for the action.

    Args:
        labelled: whether every line must have all three labels, as in the release.

    Raises:
        InputError: naming the file and the line that is not an event.
    """
    events = [
        event(line.split(), f"{path}: line {number}", labelled)
        for number, line in enumerate(read_text(path, TIMES).splitlines(), start=1)
        if line.strip()
    ]
    return event_table(events)


def event_table(events: Iterable[tuple[float, str, str, str]]) -> pd.DataFrame:
    """Events in the order of their onsets, as `read_times` gives them; numbered by their place among those given."""
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
        raise InputError(f"{place} begins with {reprlib.repr(words[0])}; write the onset in seconds") from None
    if not 0 <= onset <= LATEST:
        raise InputError(f"{place} has the onset {onset:g}; write a time in seconds from the video's start")
    given = dict(zip(LABELS, words[1:], strict=False))
    return onset, *(given.get(label, UNLABELLED[label]) for label in LABELS)
