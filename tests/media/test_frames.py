"""Frames around impacts: each window holds the frames asked for, and repeats the video's ends where it may."""

import numpy as np
import pytest

from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.media import frames
from impactsound.media.frames import decode, encode, frame_windows

CLIP = Clip(frames=8, frame_rate=30.0, frame_size=64)


def seen(studio, video, starts, **options):
    windows = frame_windows(video, starts, CLIP, **options)
    return [[studio.number(decode(picture)) for picture in window] for window in windows]


def test_windows_that_leave_the_video_repeat_its_ends(studio):
    found = seen(studio, studio.video("a.mp4", n=12), [-20, -3, 7], clamp=True)
    assert found == [[0] * 8, [0, 0, 0, 0, 1, 2, 3, 4], [7, 8, 9, 10, 11, 11, 11, 11]]


def test_overlapping_distant_and_equal_windows(studio):
    starts = [0, 0, 3, 20, 51]
    found = seen(studio, studio.video("a.mp4", n=60), starts)
    assert found == [[start + step for step in range(8)] for start in starts]


def test_a_window_outside_is_refused_unless_clamped(studio):
    video = studio.video("a.mp4", n=12)
    for starts in ([-1], [0, 5]):
        with pytest.raises(InputError, match=r"a\.mp4: does not hold the 8 frames"):
            seen(studio, video, starts)


def test_a_window_is_given_as_soon_as_it_is_read(studio, monkeypatch):
    """A clip an hour long must neither be read to its end for its first hit, nor held."""
    read = []

    def counted(*arguments):
        for frame in read_frames(*arguments):
            read.append(0)
            yield frame

    read_frames = frames.read_frames
    monkeypatch.setattr(frames, "read_frames", counted)
    windows = frame_windows(studio.video("a.mp4", n=60), [2, 40], CLIP)
    next(windows)
    assert len(read) == 10


def test_no_window_reads_nothing(studio):
    assert seen(studio, studio.video("a.mp4", n=12), []) == []


def test_jpeg_keeps_a_picture(studio):
    smooth = np.linspace(0, 255, 64 * 64 * 3).reshape(64, 64, 3).astype(np.uint8)
    assert np.abs(decode(encode(smooth)).astype(int) - smooth).mean() < 3
