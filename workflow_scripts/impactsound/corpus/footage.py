"""Your own footage, to be dubbed: every hit of every video counts, whatever its window or label."""

from pathlib import Path

import pandas as pd

from impactsound.corpus import folder
from impactsound.corpus.labels import read_times
from impactsound.corpus.manifest import COLUMNS
from impactsound.errors import InputError


def build_footage(directory: str | Path) -> pd.DataFrame:
    """A manifest of all hits of all videos in a folder, with the split `footage`.

    Raises:
        InputError: naming the file at fault, or the folder if none of its videos has a hit.
    """
    tables = []
    for video in folder.find_videos(directory):
        table = read_times(video.times, video.labelled)
        table["video"] = video.name
        table["clip"] = [f"{video.name}/{event:03d}" for event in table["event"]]
        table["path_video"], table["path_sound"] = str(video.picture), str(video.sound)
        tables.append(table)
    manifest = pd.concat(tables, ignore_index=True)
    if manifest.empty:
        raise InputError(f"{directory}: no hit in any _times.txt; write one onset in seconds on a line")
    manifest["split"] = "footage"
    return manifest[list(COLUMNS)]
