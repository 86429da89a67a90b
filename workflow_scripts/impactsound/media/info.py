"""What a video holds, found without decoding it."""

import math
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from impactsound.errors import InputError
from impactsound.media.ffmpeg import length, packets
from impactsound.media.process import STALL, failure, limits, source

STREAM = re.compile(r"^ *Stream #0:\d+\S*: (Video|Audio): (\w+)(.*)", re.MULTILINE)
TURN = re.compile(r"^ *display ?matrix: rotation of (-?\d+(?:\.\d+)?) degrees", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class VideoInfo:
    """Of the first picture that is no cover image.

    duration: seconds from the file's time zero to the end of the picture
    frames: number of them
    codec: by ffmpeg's name, e.g. "h264"
    timed: whether the container says when each frame is shown
    turn: degrees, counterclockwise, by which a player turns the picture
    sounds: number of audio streams
    """

    duration: float
    frames: int
    codec: str
    timed: bool
    turn: float
    sounds: int


def video_info(path: str | Path) -> VideoInfo:
    """All of it, from every packet's times and from what ffmpeg prints of the file.

    Raises:
        InputError: if the file is absent, is no video, has no frame or none that lasts, or breaks off.
    """
    end, frames, timed = 0.0, 0, True
    for _, pts, duration in packets(path, "V:0"):
        end, frames, timed = max(end, pts + duration), frames + 1, timed and not math.isnan(pts)
    end = end if timed else length(path, "V:0")
    if end <= 0:
        raise InputError(f"{path}: has no frame; copy or download it again")
    said = described(path)
    streams = STREAM.findall(said)
    codecs = [codec for kind, codec, rest in streams if kind == "Video" and "attached pic" not in rest]
    if not codecs:
        raise failure(path, said)
    return VideoInfo(end, frames, codecs[0], timed, turn_of(said), sum(kind == "Audio" for kind, _, _ in streams))


def turn_of(said: str) -> float:
    """The degrees by which a picture is turned, from what is printed of its file."""
    turn = TURN.search(said)
    return float(turn[1]) if turn else 0.0


def described(path: str | Path) -> str:
    """What ffmpeg prints of an input; with no output named it ends there, and calls that an error."""
    graph = source(path).output("pipe:").compile(cmd=imageio_ffmpeg.get_ffmpeg_exe())
    command = [*graph[:-1], "-nostdin", "-hide_banner", *limits(path)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=STALL)
    except subprocess.TimeoutExpired:
        raise failure(path, "") from None
    return done.stderr.decode(errors="replace")
