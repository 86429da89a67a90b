"""Sound onto a video: the impacts are mixed into one track, and the track is put beside the picture."""

import math
import subprocess
from collections.abc import Iterable
from pathlib import Path

import ffmpeg
import numpy as np

from impactsound.errors import InputError
from impactsound.files import atomic
from impactsound.media.ffmpeg import length, location, source, started

FADE = 0.005  # seconds at the end of a clip, which is cut while it may still sound
BITRATE = "192k"


def mix(hits: Iterable[tuple[float, np.ndarray]], n_samples: int, sample_rate: int) -> np.ndarray:
    """The sum of the sounds of some hits, each from its onset and fading at its end.

    The sum is scaled down as a whole if it exceeds full scale, and never otherwise, so that the hits
    keep their loudness relative to each other.

    Args:
        hits: onset in seconds and sound `[time]` of each.
        n_samples: length of the track; what lies outside is cut.

    Returns:
        float32 `[time]`

    Example:
        >>> mix([(0.25, np.ones(3)), (0.5, np.ones(3))], n_samples=6, sample_rate=4).tolist()
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """
    track = np.zeros(n_samples)
    for onset, sound in hits:
        start = round(onset * sample_rate)
        low, high = max(start, 0), min(start + len(sound), n_samples)
        if low < high:
            track[low:high] += faded(sound, sample_rate)[low - start : high - start]
    return (track / max(1.0, np.abs(track).max(initial=0))).astype(np.float32)


def faded(sound: np.ndarray, sample_rate: int) -> np.ndarray:
    """A sound `[time]` whose last 5 ms fall to zero as half a cosine."""
    n = min(math.ceil(FADE * sample_rate), len(sound))
    ramp = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, n + 1) / n)
    return np.concatenate([sound[: len(sound) - n], sound[len(sound) - n :] * ramp])


def mux(video_path: str | Path, sound: np.ndarray, sample_rate: int, out_path: str | Path) -> None:
    """Write an mp4 of a video's picture, copied bit for bit, and a sound, in place of any it had.

    The sound begins at the video's time zero and is cut, or followed by silence, to last as long as the
    picture. AAC's priming is declared in the mp4's edit list, so that players start at the first sample.

    Args:
        sample_rate: Hz.

    Shape:
        - sound: `[time]` or `[time, channel]`, full scale being 1

    Raises:
        InputError: if the video is absent or damaged, or its picture is of a kind that mp4 cannot carry.
    """
    sound = np.asarray(sound, "<f4")
    if sound.ndim == 1:
        sound = sound[:, None]
    if not np.isfinite(sound).all():
        raise ValueError(f"{out_path}: the sound has samples that are not numbers")
    n_samples = round(length(video_path, "V:0") * sample_rate)
    track = np.zeros((n_samples, sound.shape[1]), "<f4")
    track[: len(sound)] = sound[:n_samples]
    with atomic(out_path) as partial:
        graph = ffmpeg.output(
            source(video_path)["V:0"],
            ffmpeg.input("pipe:", format="f32le", ar=sample_rate, ac=sound.shape[1])["a:0"],
            location(partial),
            format="mp4",
            vcodec="copy",
            acodec="aac",
            audio_bitrate=BITRATE,
            threads=1,
            fflags="+bitexact",
            movflags="+faststart",
            **{"flags:a": "+bitexact"},
        )
        try:
            with started(graph, video_path, stdin=subprocess.PIPE) as process:
                process.stdin.write(track.tobytes())
        except InputError as error:
            if "Could not find tag for codec" in str(error):
                raise InputError(
                    f"{video_path}: its picture is of a kind that mp4 cannot carry; convert it to H.264 first"
                ) from error
            raise
