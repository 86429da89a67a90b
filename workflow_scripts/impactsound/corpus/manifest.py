"""Of a corpus's events those that can be cut out whole: the manifest, whatever the corpus."""

from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from impactsound import plugins
from impactsound.config import Clip
from impactsound.corpus import split
from impactsound.corpus.labels import LABELS, event_table, read_times
from impactsound.corpus.release import is_id
from impactsound.corpus.table import COLUMNS
from impactsound.corpus.video import Video
from impactsound.errors import InputError
from impactsound.files import write_text
from impactsound.given import check_name
from impactsound.media.ffmpeg import EARLY, length
from impactsound.media.window import first_frame, first_sample

FATES = (
    "kept",
    "label filtered",
    "no full window of frames",
    "no full window of sound",
    "another hit in the window",
)


def build_manifest(
    kind: str,
    directory: str | Path,
    clip: Clip,
    materials: Collection[str] | None = None,
    actions: Collection[str] | None = None,
    reactions: Collection[str] | None = None,
    validation: float = 0.1,
    test: float = 0.2,
    seed: int = 0,
    workers: int = 1,
) -> tuple[pd.DataFrame, Counter]:
    """The manifest of a corpus, and how many of its events were kept or left out and why.

    Arguments and errors are those of `read_events` and `manifest_of`.
    """
    events = read_events(kind, directory, clip, materials, actions, reactions, workers)
    return manifest_of(events, validation, test, seed), counts(events)


def read_events(
    kind: str,
    directory: str | Path,
    clip: Clip,
    materials: Collection[str] | None = None,
    actions: Collection[str] | None = None,
    reactions: Collection[str] | None = None,
    workers: int = 1,
) -> pd.DataFrame:
    """All events of a corpus: `EVENTS`, the files, and as `split` that which the corpus gives the video, or "".

    Args:
        kind: a module of `corpus.kinds`.
        clip: the windows that an event must have whole to be kept.
        materials, actions, reactions: the labels to keep; None keeps all.
        workers: videos measured at a time.

    Raises:
        InputError: naming the kind that there is not, the file that is absent or wrong, or the folder of which no event
            is left.
    """
    videos = plugins.load(plugins.CORPORA, kind, "corpus.kind", "find_videos")(directory)
    for video in videos:
        if not is_id(video.name):  # which files will bear
            raise InputError(f"{directory}: a video cannot be named {video.name!r}; rename it")
        check_name(video.picture)
    wanted = dict(zip(LABELS, (materials, actions, reactions), strict=True))
    with ThreadPoolExecutor(workers) as pool:
        events = pd.concat(pool.map(partial(judged, clip=clip, wanted=wanted), videos), ignore_index=True)
    if not (events["fate"] == "kept").any():
        found = ", ".join(f"{fate}: {number}" for fate, number in counts(events).items())
        raise InputError(f"{directory}: no impact is left ({found}); change the labels to keep or the times")
    return events


def manifest_of(events: pd.DataFrame, validation: float = 0.1, test: float = 0.2, seed: int = 0) -> pd.DataFrame:
    """The events that are kept, each with a split.

    Args:
        validation: share of the training videos to validate on.
        test: share of all videos to test on, where the corpus does not say which.
    """
    given = dict(zip(events["video"], events["split"], strict=True))
    shares = {"validation": validation}
    if "test" not in given.values():
        shares = {"test": test, **shares}
    table = events[events["fate"] == "kept"].reset_index(drop=True)
    table["split"] = table["video"].map(split.draw(main_materials(table), given, shares, seed))
    return table[list(COLUMNS)]


def counts(events: pd.DataFrame) -> Counter:
    """How many events were kept, and how many were left out and why."""
    return Counter({fate: int((events["fate"] == fate).sum()) for fate in FATES})


def judged(video: Video, clip: Clip, wanted: dict[str, Collection[str] | None]) -> pd.DataFrame:
    """The events of one video as `read_events` gives them; their `fate` is "kept" or why not."""
    in_file = isinstance(video.times, Path)
    table = read_times(video.times, video.labelled) if in_file else event_table(video.times)
    table["video"], table["split"] = video.name, video.split
    table["clip"] = [f"{video.name}/{event:03d}" for event in table["event"]]
    table["path_video"], table["path_sound"] = str(video.picture), str(video.sound)
    onset = table["onset"].to_numpy()
    frames = length(video.picture, "V:0") * clip.frame_rate
    samples = length(video.sound, "a:0") * clip.sample_rate
    first = np.asarray([first_frame(time, clip) for time in onset])
    start = np.asarray([first_sample(time, clip) for time in onset])
    unwanted = [~table[label].isin(keep) for label, keep in wanted.items() if keep is not None]
    reasons = {
        "label filtered": np.logical_or.reduce([np.zeros(len(table), bool), *unwanted]),
        "no full window of frames": (first < 0) | (first + clip.frames > frames + EARLY * clip.frame_rate),
        "no full window of sound": start + clip.n_samples > samples + 1,
        "another hit in the window": crowded(onset, clip.duration),
    }
    table["fate"] = np.select(list(reasons.values()), list(reasons), "kept")
    return table


def crowded(onset: np.ndarray, duration: float) -> np.ndarray:
    """Whether another event falls at or less than `duration` seconds after each, bool `[event]`; onsets rise.

    >>> crowded(np.array([0.0, 0.1, 0.5, 0.5]), 0.25).tolist()
    [True, False, True, True]
    """
    before, after = np.diff(onset, prepend=-np.inf), np.diff(onset, append=np.inf)
    return (after < duration) | (before == 0)


def main_materials(table: pd.DataFrame) -> dict[str, str]:
    """The commonest material of every video; the first by name where two are as common."""
    return {name: rows["material"].mode().iloc[0] for name, rows in table.groupby("video")}


def save_log(log: Counter, path: str | Path) -> None:
    """Write the `counts` as CSV: `fate`, `events`."""
    write_text(path, "fate,events\n" + "".join(f"{fate},{count}\n" for fate, count in log.items()))
