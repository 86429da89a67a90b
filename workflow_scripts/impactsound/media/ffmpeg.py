"""Everything that starts ffmpeg: frames and sound out of a file, frames into one.

The program is the one that imageio-ffmpeg carries; the commands are built by ffmpeg-python, never as
a shell's line. Times count from the start of the file, as a player shows it, for the picture and the
sound alike, so that the two stay aligned whatever their streams' own offsets.
"""

import os
import re
import selectors
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import chain
from pathlib import Path

import ffmpeg
import imageio_ffmpeg
import numpy as np

from impactsound.errors import InputError
from impactsound.files import atomic

STALL = 300  # seconds without a byte after which ffmpeg is given up
EARLY = 0.002  # seconds; a container's timestamps are rounded, to 1 ms in Matroska
SWS = "bicubic+accurate_rnd+full_chroma_int+bitexact"
# Playlists (hls, concat) name further files, so only containers that hold their own data are opened.
DEMUXERS = "mov,matroska,webm,avi,wav,w64,flac,ogg,mp3,aac"
CUT_SHORT = ("partial file", "ended prematurely")  # said of a file that is then read as far as it goes
# A damaged packet ends the reading: frames made up in its place would be learned from.
STRICT = ("-nostdin", "-hide_banner", "-loglevel", "error", "-xerror")


def location(path: str | Path) -> str:
    """The name that ffmpeg takes for a file, whatever characters are in it."""
    return f"file:{Path(path).absolute()}"


def source(path: str | Path, **options: object):
    """A file as an ffmpeg-python input that cannot reach anything else.

    Raises:
        InputError: if there is no such file, or it is empty.
    """
    if not Path(path).is_file():
        raise InputError(f"{path}: no such file")
    if Path(path).stat().st_size == 0:
        raise InputError(f"{path}: is empty; copy or download it again")
    guards = {"protocol_whitelist": "file,pipe", "format_whitelist": DEMUXERS, "threads": 1}
    return ffmpeg.input(location(path), **guards, **options)


@contextmanager
def started(graph, name: str | Path, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen]:
    """Run a command while the block lasts; afterwards it has ended, well or by an error naming `name`.

    Raises:
        InputError: if ffmpeg fails; the line carries the last thing it said.
    """
    command = graph.global_args(*STRICT).compile(cmd=imageio_ffmpeg.get_ffmpeg_exe(), overwrite_output=True)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=said)
        try:
            yield process
            process.communicate(timeout=STALL)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            pass  # ffmpeg's own words, below, are the better message
        finally:
            stopped = process.poll() is None
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what is left to write has no reader
                    if pipe:
                        pipe.close()
        said.seek(0)
        words = said.read().decode(errors="replace")
        if process.returncode or stopped or any(sign in words for sign in CUT_SHORT):
            raise failure(name, words)


def failure(name: str | Path, said: str) -> InputError:
    """The one line for a user from all that ffmpeg said."""
    if "matches no streams" in said:
        kind = "sound" if re.search(r":a(:\d+)?'? ", said) else "picture"
        return InputError(f"{name}: has no {kind}; give a file with a {kind} track")
    lines = [re.sub(r"^(\[[^]]*\] *)+|file:\S.*?: ", "", line).strip() for line in said.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("Error opening input file", "Conversion"))]
    reason = lines[0][:160] if lines else "ffmpeg stopped without a word"
    return InputError(f"{name}: cannot be read by ffmpeg ({reason}); convert it or copy it again")


def take(process: subprocess.Popen, size: int) -> bytes:
    """The next `size` bytes that a process writes; fewer only at the end.

    Raises:
        subprocess.TimeoutExpired: when nothing has come for `STALL` seconds.
    """
    block = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while len(block) < size:
            if not ready.select(STALL):
                raise subprocess.TimeoutExpired("ffmpeg", STALL)
            piece = os.read(process.stdout.fileno(), size - len(block))
            if not piece:
                break
            block += piece
    return bytes(block)


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
    with started(graph, path) as process:
        while len(block := take(process, size * size * 3)) == size * size * 3:
            yield np.frombuffer(block, np.uint8).reshape(size, size, 3)


def sound_blocks(path: str | Path, sample_rate: int) -> Iterator[np.ndarray]:
    """A file's sound from its time zero, in pieces: the mean of its channels, at the rate asked for.

    Sound that starts later than the picture is preceded by silence. The mean is taken here because
    ffmpeg's own downmix of floats adds stereo channels at -3 dB each, which can exceed full scale.

    Args:
        sample_rate: Hz of what is given, not of the file.

    Yields:
        float32 `[time]`, full scale being 1.

    Raises:
        InputError: if the file is absent, has no sound, or breaks off.
    """
    audio = source(path)["a:0"].filter(
        "aresample", sample_rate, filter_size=64, phase_shift=10, cutoff=0.97, **{"async": 1}, first_pts=0
    )
    # The Sun format is a short header that tells the number of channels, then plain samples.
    graph = audio.output("pipe:", format="au", acodec="pcm_f32be", threads=1)
    with started(graph, path) as process:
        head = take(process, 24)
        if len(head) == 24:
            start, *_, channels = struct.unpack(">6I", head)[1:]
            take(process, start - len(head))
            while block := take(process, 4 * channels << 16):
                yield np.frombuffer(block, ">f4").reshape(-1, channels).mean(axis=1, dtype=np.float32)


def read_sound(path: str | Path, sample_rate: int) -> np.ndarray:
    """The whole of a file's sound, float32 `[time]`; see `sound_blocks`."""
    return np.concatenate([np.zeros(0, np.float32), *sound_blocks(path, sample_rate)])


def length(path: str | Path, track: str) -> float:
    """Seconds from the file's time zero to the end of its picture ("V:0") or its sound ("a:0").

    Every packet is read and none decoded, so that a header that is wrong or silent about it does not matter.

    Raises:
        InputError: if the file is absent, has no such track, or breaks off.
    """
    graph = source(path)[track].output("pipe:", c="copy", format="framecrc")
    end, unit = 0, Fraction(0)
    with started(graph, path) as process:
        for line in process.stdout:
            if line.startswith(b"#tb"):
                unit = Fraction(line.split(b":")[1].strip().decode())
            elif not line.startswith(b"#"):
                _, _, pts, duration, *_ = line.split(b",")
                end = max(end, int(pts) + int(duration))
    return float(end * unit)
