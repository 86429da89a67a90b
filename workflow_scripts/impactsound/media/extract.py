"""The clips of a corpus: the frames around every impact and the sound from it, in one file.

Of a clip's frames, number `frames_before` is the one that is shown at the onset; the sound begins at
the onset. Schema `clips/1`: `clip`, `frames` (JPEG, bytes of varying length, [clip, frame]), `sound`
(float32, peak 1, [clip, time]) and `peak` (what the sound was divided by, [clip]).
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from impactsound import store
from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.media.ffmpeg import sound_blocks
from impactsound.media.frames import QUALITY, decode, frame_windows
from impactsound.media.window import first_frame, first_sample
from impactsound.parallel import in_order

SCHEMA = "clips/1"


def extract(
    rows: pd.DataFrame,
    clip: Clip,
    path: str | Path,
    workers: int = 1,
    source: Mapping | None = None,
) -> None:
    """Write the clips of a manifest's rows, in their order; the same bytes whatever the number of workers.

    Args:
        rows: a manifest: `clip`, `onset` in seconds, `path_video` and `path_sound`.
        workers: videos read at a time; memory grows with it and not with the videos' length.
        source: what the file is made from, for its attributes.

    Raises:
        InputError: naming the video that is absent or damaged, or does not hold a window.
    """
    videos = list(groups(rows).values())
    shape = {name: getattr(clip, name) for name in ("frames", "frame_rate", "frame_size", "sample_rate", "duration")}
    with store.create(path, SCHEMA, {**shape, "quality": QUALITY}, source or {}) as file:
        store.write_clips(file, rows["clip"])
        frames = file.create_dataset("frames", (len(rows), clip.frames), h5py.vlen_dtype(np.uint8))
        sounds = file.create_dataset("sound", (len(rows), clip.n_samples), np.float32)
        peaks = file.create_dataset("peak", (len(rows),), np.float32)
        work = partial(read_video, clip=clip)
        results = in_order(work, [rows.iloc[places] for places in videos], workers)
        for places, (pictures, heard) in zip(videos, results, strict=True):
            for number, place in enumerate(places):
                for column, picture in enumerate(pictures[number]):
                    frames[place, column] = picture
                sounds[place], peaks[place] = normalised(heard[number])


def groups(rows: pd.DataFrame) -> dict[tuple, list[int]]:
    """The places of the rows of every video, by its files."""
    found: dict[tuple, list[int]] = {}
    names = [name for name in ("path_video", "path_sound") if name in rows]
    for place, files in enumerate(rows[names].itertuples(index=False)):
        found.setdefault(tuple(files), []).append(place)
    return found


def read_video(rows: pd.DataFrame, clip: Clip) -> tuple[list[list[np.ndarray]], np.ndarray]:
    """The rows' frames as JPEG, `[clip][frame]`, and sound as recorded, `[clip, time]`; all of one video."""
    starts = np.array([first_frame(onset, clip) for onset in rows["onset"]])
    order = starts.argsort(kind="stable")
    windows = dict(zip(order, frame_windows(rows["path_video"].iloc[0], starts[order].tolist(), clip), strict=True))
    name = rows["path_sound"].iloc[0]
    starts = [first_sample(onset, clip) for onset in rows["onset"]]
    heard, total = windows_of_sound(sound_blocks(name, clip.sample_rate), starts, clip.n_samples)
    if max(starts) >= total:
        raise InputError(f"{name}: ends at {total / clip.sample_rate:.3f} s, before a hit; correct its times")
    return [windows[place] for place in range(len(rows))], heard


def windows_of_sound(blocks: Iterable[np.ndarray], starts: Sequence[int], n_samples: int) -> tuple[np.ndarray, int]:
    """The sound of every window, silent where there is none, `[window, time]`; and how much was read."""
    windows = np.zeros((len(starts), n_samples), np.float32)
    total = 0
    for block in blocks:
        for window, start in zip(windows, starts, strict=True):
            low, high = max(start, total), min(start + n_samples, total + len(block))
            if low < high:
                window[low - start : high - start] = block[low - total : high - total]
        total += len(block)
        if total >= max(starts) + n_samples:
            break
    return windows, total


def normalised(sound: np.ndarray) -> tuple[np.ndarray, float]:
    """A sound scaled to peak 1, and its peak; silence stays silence."""
    peak = float(np.abs(sound).max())
    return (sound / peak if peak > 0 else sound), peak


def frames_of(file: h5py.File, rows: Sequence[int], workers: int = 1) -> np.ndarray:
    """The frames of some rows of a file of clips.

    Returns:
        uint8 RGB `[clip, frame, height, width, 3]`, in the order of `rows`.
    """
    frames = file["frames"]
    side = json.loads(file.attrs["config"])["frame_size"]
    pixels = np.empty((len(rows), frames.shape[1], side, side, 3), np.uint8)

    def fill(place: int, jpegs: np.ndarray) -> None:
        for column, jpeg in enumerate(jpegs):
            pixels[place, column] = decode(jpeg)

    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(fill, place, frames[row]) for place, row in enumerate(rows)]:
            done.result()
    return pixels
