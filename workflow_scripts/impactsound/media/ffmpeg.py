"""Frames and sound out of a file, frames into one.

Times count from the start of the file, as a player shows it, for the picture and the sound alike, so that the two stay
aligned whatever their streams' own offsets.
"""

import math
import struct
import subprocess
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import ffmpeg
import numpy as np

from impactsound.files import atomic
from impactsound.media.process import lines, location, longest, source, started, take, too_long

EARLY = 0.002  # seconds; a container's timestamps are rounded, to 1 ms in Matroska
SWS = "bicubic+accurate_rnd+full_chroma_int+bitexact"
NO_TIME = -(1 << 63)  # what ffmpeg writes for a time that is not known


def rate(frame_rate: float) -> str:
    """A frame rate as the fraction that ffmpeg keeps exactly.

    >>> rate(29.97002997), rate(24)
    ('30000/1001', '24')
    """
    return str(Fraction(frame_rate).limit_denominator(1001))


def write_video(path: str | Path, frames: Iterable[np.ndarray], frame_rate: float) -> None:
    """Write an H.264 mp4, the same bytes for the same frames; the file appears when it is whole.

    Args:
        frames: uint8 RGB of even height and width.
        frame_rate: frames/s.

    Shape:
        - frames: `[frame, height, width, 3]`, or any iterable of `[height, width, 3]`

    Raises:
        ValueError: if there is no frame, or a frame is not uint8 RGB of the first one's even size.
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise ValueError(f"{path}: a video needs at least one frame")
    height, width, _ = shape = first.shape
    if height % 2 or width % 2:
        raise ValueError(f"{path}: H.264 needs an even height and width, not {height} x {width}")
    pixels = {"format": "rawvideo", "pix_fmt": "rgb24", "s": f"{width}x{height}"}
    with atomic(path) as partial:
        graph = ffmpeg.input("pipe:", framerate=rate(frame_rate), **pixels).output(
            location(partial),
            format="mp4",
            vcodec="libx264",
            pix_fmt="yuv420p",
            crf=18,
            threads=1,
            sws_flags=SWS,
            fflags="+bitexact",
            movflags="+faststart",
            **{"flags:v": "+bitexact"},
        )
        with started(graph, path, stdin=subprocess.PIPE) as process:
            for frame in chain([first], frames):
                if frame.shape != shape or frame.dtype != np.uint8:
                    raise ValueError(f"{path}: a frame is {frame.dtype} {frame.shape}, the first {shape}")
                process.stdin.write(np.ascontiguousarray(frame))


def read_frames(path: str | Path, frame_rate: float, size: int) -> Iterator[np.ndarray]:
    """The frames shown at 0, 1 / frame_rate, 2 / frame_rate, ... seconds, upright, squeezed to a square.

    A frame is shown from its own time until the next one's, whatever the file's rate, constant or not;
    before the first one, that one is shown.

    Args:
        frame_rate: frames/s of what is given, not of the file.
        size: pixels of the square's side.

    Yields:
        uint8 RGB `[size, size, 3]`

    Raises:
        InputError: if the file is absent, has no picture, or breaks off.
    """
    video = source(path)["V:0"].filter("settb", "1/90000").filter("setpts", f"PTS-{EARLY}/TB")
    video = video.filter("fps", fps=rate(frame_rate), round="up", start_time=0)
    video = video.filter("scale", size, size, flags=SWS)
    graph = video.output("pipe:", format="rawvideo", pix_fmt="rgb24", fps_mode="passthrough", threads=1)
    length(path, "V:0")  # raises where a hole would be filled: ffmpeg keeps all of it in memory
    left = longest(path) * frame_rate
    with started(graph, path) as process:
        while len(block := take(process, size * size * 3)) == size * size * 3:
            if (left := left - 1) < 0:
                raise too_long(path)
            yield np.frombuffer(block, np.uint8).reshape(size, size, 3)


def sound_blocks(path: str | Path, sample_rate: int) -> Iterator[np.ndarray]:
    """A file's sound from its time zero, in pieces: the mean of its channels, at the rate asked for.

    The mean is taken here because ffmpeg's own downmix of floats adds stereo channels at -3 dB each, which
    can exceed full scale.

    Args:
        sample_rate: Hz of what is given, not of the file.

    Yields:
        float32 `[time]`, full scale being 1.

    Raises:
        InputError: if the file is absent, has no sound, or breaks off.
    """
    for block in channel_blocks(path, sample_rate):
        yield block.mean(axis=1, dtype=np.float32)


def channel_blocks(path: str | Path, sample_rate: int, channels: int | None = None) -> Iterator[np.ndarray]:
    """A file's sound from its time zero, in pieces; if it starts later than the picture, preceded by silence.

    Args:
        sample_rate: Hz of what is given, not of the file.
        channels: 2 to bring any number down to stereo; the file's own, unless given.

    Yields:
        `[time, channel]`, full scale being 1, though loud sound of more than two channels can exceed it in stereo.
    """
    layout = {"ochl": "stereo"} if channels == 2 else {}
    settings = {"filter_size": 64, "phase_shift": 10, "cutoff": 0.97, "async": 1, "first_pts": 0}
    audio = source(path)["a:0"].filter("aresample", sample_rate, **settings, **layout)
    length(path, "a:0")
    left = longest(path) * sample_rate
    with started(au(audio), path) as process:
        _, columns = au_header(process)
        while block := take(process, 4 * columns << 16):
            samples = np.frombuffer(block[: len(block) - len(block) % (4 * columns)], ">f4").reshape(-1, columns)
            if (left := left - len(samples)) < 0:
                raise too_long(path)
            yield samples


def sound_format(path: str | Path) -> tuple[int, int]:
    """Sample rate in Hz and number of channels of a file's sound.

    Raises:
        InputError: if the file is absent or has no sound.
    """
    with started(au(source(path)["a:0"], t=0), path) as process:
        return au_header(process)


def au(audio, **options: object):
    """Sound as a stream in the Sun format: a short header that tells rate and channels, then plain samples."""
    return audio.output("pipe:", format="au", acodec="pcm_f32be", threads=1, **options)


def au_header(process: subprocess.Popen) -> tuple[int, int]:
    """The sample rate and the number of channels of a stream in the Sun format, read up to its samples."""
    head = take(process, 24)
    if len(head) < 24:
        return 0, 1  # ffmpeg has failed, and `started` will say why
    start, *_, sample_rate, channels = struct.unpack(">6I", head)[1:]
    take(process, start - len(head))
    return sample_rate, channels


def read_sound(path: str | Path, sample_rate: int) -> np.ndarray:
    """The whole of a file's sound, float32 `[time]`; see `sound_blocks`."""
    return np.concatenate([np.zeros(0, np.float32), *sound_blocks(path, sample_rate)])


def packets(path: str | Path, track: str, **options: object) -> Iterator[tuple[float, float, float]]:
    """When every packet of a picture ("V:0") or sound ("a:0") is decoded and shown, and its duration, in seconds.

    None is decoded. When it is shown is NaN where the container does not say, as an AVI does not of frames that are
    stored out of order.

    Raises:
        InputError: if the file is absent, has no such track, or breaks off.
    """
    graph = source(path, **options)[track].output("pipe:", c="copy", format="framecrc")
    unit, most = Fraction(0), longest(path)
    with started(graph, path) as process:
        for line in lines(process):
            if line.startswith(b"#tb"):
                unit = Fraction(line.split(b":")[1].strip().decode())
            elif not line.startswith(b"#"):
                dts, pts, duration = map(int, line.split(b",")[1:4])
                shown = float(pts * unit) if pts != NO_TIME else math.nan
                if max(dts * unit, shown) + duration * unit > most:
                    raise too_long(path)
                yield float(dts * unit), shown, float(duration * unit)


def length(path: str | Path, track: str) -> float:
    """Seconds from the file's time zero to the end of its picture ("V:0") or its sound ("a:0").

    Every packet is read and none decoded, so that a header that is wrong or silent about it does not matter.

    Raises:
        InputError: if the file is absent, has no such track, or breaks off.
    """
    read = packets(path, track, fflags="+genpts")
    return max((duration + (dts if math.isnan(pts) else pts) for dts, pts, duration in read), default=0.0)
