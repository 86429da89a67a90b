"""The frames around impacts, as JPEG: read in one pass through a video, of which hardly more than a window is held."""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.media.ffmpeg import read_frames

QUALITY = 90  # of the JPEG; about 45 dB of PSNR, a tenth of the pixels' bytes


def frame_windows(
    video: str | Path, starts: Sequence[int], clip: Clip, clamp: bool = False
) -> Iterator[list[np.ndarray]]:
    """The frames of every window as JPEG, in the order given; a frame of two windows is encoded once.

    Args:
        starts: number of each window's first frame at the clip's frame rate, not falling.
        clamp: where a window leaves the video, whether to repeat the video's first or last frame.

    Raises:
        InputError: if the video is absent or damaged, has no frame, or does not hold a window and is not to be clamped.
    """
    if not len(starts):
        return
    kept: dict[int, np.ndarray] = {}
    number, frame, done = -1, None, 0
    for number, frame in enumerate(read_frames(video, clip.frame_rate, clip.frame_size)):
        if not clamp and starts[0] < 0:
            break
        if _wanted(number, starts, clip.frames):
            kept[number] = encode(frame)
        while done < len(starts) and number >= starts[done] + clip.frames - 1:
            yield _window(kept, starts[done], clip.frames, number)
            done += 1
            kept = {at: picture for at, picture in kept.items() if done < len(starts) and at >= max(starts[done], 0)}
        if done == len(starts):
            return
    if frame is None:
        raise InputError(f"{video}: has no frame; copy or download it again")
    if not clamp:
        raise InputError(
            f"{video}: does not hold the {clip.frames} frames around every hit "
            f"at {clip.frame_rate:.2f} frames/s; make the manifest again"
        )
    kept[number] = encode(frame)
    for start in starts[done:]:
        yield _window(kept, start, clip.frames, number)


def _wanted(number: int, starts: Sequence[int], frames: int) -> bool:
    """Whether a frame lies in a window, or is the first one and a window begins before it."""
    place = bisect_right(starts, number) - 1
    return place >= 0 and number < max(starts[place] + frames, 1)


def _window(kept: dict[int, np.ndarray], start: int, frames: int, last: int) -> list[np.ndarray]:
    return [kept[min(max(at, 0), last)] for at in range(start, start + frames)]


def encode(frame: np.ndarray) -> np.ndarray:
    """A frame, uint8 `[height, width, 3]`, as the bytes of a JPEG."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "JPEG", quality=QUALITY)
    return np.frombuffer(buffer.getvalue(), np.uint8)


def decode(jpeg: np.ndarray) -> np.ndarray:
    """A frame, uint8 `[height, width, 3]`, from the bytes of a JPEG."""
    return np.asarray(Image.open(io.BytesIO(jpeg.tobytes())))
