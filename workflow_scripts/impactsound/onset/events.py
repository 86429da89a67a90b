"""When things are struck in a corpus's videos, and what a detector should say of each frame."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

WIDTH = 0.025  # s, standard deviation of the target about a hit
UNSURE = 0.1  # s about an event that is no hit, such as the start of a scratch, where nothing is learned or counted


@dataclass(frozen=True)
class Events:
    """The events of a video: its file, the times of its hits and of what else sounds in it, both s, rising."""

    path: str
    hits: np.ndarray
    others: np.ndarray

    def at(self, pace: float) -> "Events":
        """The events where all goes so much faster."""
        return Events(self.path, self.hits / pace, self.others / pace)


def events_of(rows: pd.DataFrame, events: pd.DataFrame, actions: Collection[str] | None) -> dict[str, Events]:
    """All events of the videos of a manifest's rows, also those that were not kept as clips, by the video's name.

    Args:
        events: of the whole corpus, as `corpus.manifest.EVENTS` says; actions: those that count as hits; None: all.
    """
    paths = rows.drop_duplicates("video").set_index("video")["path_video"]
    of_video = dict(iter(events.groupby("video")))
    return {video: _told_apart(path, of_video[video], actions) for video, path in paths.items()}


def _told_apart(path: str, table: pd.DataFrame, actions: Collection[str] | None) -> Events:
    hit = np.ones(len(table), bool) if actions is None else table["action"].isin(actions).to_numpy()
    onset = table["onset"].to_numpy(dtype=float)
    return Events(path, onset[hit], onset[~hit])


def target(events: Events, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The probability of a hit that is asked for at each time, and whether it is asked for.

    The former is a Gaussian about the nearest hit: its logarithm is a parabola, whose top three frames tell exactly.

    Shape:
        - Input: `[frame]`, s
        - Output: `[frame]`, `[frame]`, bool
    """
    wanted = np.exp(-0.5 * (nearest(time, events.hits) / WIDTH) ** 2)
    sure = (nearest(time, events.others) > UNSURE) | (nearest(time, events.hits) < UNSURE)
    return wanted, sure


def nearest(time: np.ndarray, events: np.ndarray) -> np.ndarray:
    """Seconds from each time to the nearest event; inf where there is none, `[time]`."""
    if len(events) == 0:
        return np.full(len(time), np.inf)
    return np.abs(np.asarray(time)[:, None] - events).min(1)
