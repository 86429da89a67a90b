"""A video of a corpus: its files and, where the corpus says so, its split."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TIMES = "write one line an impact: onset in seconds, then if you like material, action and reaction, with single spaces"


@dataclass(frozen=True)
class Video:
    """One recording: the file with the picture, the file with the sound (perhaps the same) and the impacts.

    times: the file of the impacts, as `labels.read_times` reads it, or the impacts themselves, as `labels.event` gives
    them; labelled: whether in the file every impact must carry all labels; split: "train", "test" or "", to be drawn.
    """

    name: str
    picture: Path
    sound: Path
    times: Path | Sequence[tuple[float, str, str, str]]
    labelled: bool = True
    split: str = ""
