"""Running ffmpeg, the program that imageio-ffmpeg carries, by commands of ffmpeg-python and never by a shell's line.

Files may be anybody's. ffmpeg opens no other than those it is given, in containers that hold all their data; and what
a file can make it do grows with the file: how long it computes, how long what it reads lasts, how much it keeps.
"""

import os
import re
import selectors
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import ffmpeg
import imageio_ffmpeg

from impactsound.errors import InputError
from impactsound.given import check_name, is_file

STALL = 300  # seconds without a byte after which ffmpeg is given up
COMPUTING, PACE = 1800, 100_000  # seconds that a processor may take, and the bytes of a file that allow one more
LASTING, SPARSE = 3600, 50  # seconds that a file may last by its own times, and the bytes that allow one more
ALLOCATED = 1 << 29  # bytes at once
PIXELS = 1 << 25  # of a picture; 8K has as many
# Playlists (hls, concat) name further files, so only containers that hold their own data are opened.
DEMUXERS = "mov,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,mxf,dv,rm,nut,ogg,wav,w64,flac,mp3,aac"
CUT_SHORT = ("partial file", "ended prematurely")  # said of a file that is then read as far as it goes
# A damaged packet ends the reading: frames made up in its place would be learned from.
STRICT = ("-nostdin", "-hide_banner", "-loglevel", "error", "-xerror")


def location(path: str | Path) -> str:
    """The name that ffmpeg takes for a file, whatever characters are in it.

    Raises:
        InputError: if it is not UTF-8, which ffmpeg-python needs.
    """
    check_name(path)
    return f"file:{Path(path).absolute()}"


def source(path: str | Path, **options: object):
    """A file as an ffmpeg-python input that cannot reach anything else.

    Raises:
        InputError: if there is no such file, or it is empty.
    """
    if not is_file(path):
        raise InputError(f"{path}: no such file")
    if bytes_of(path) == 0:
        raise InputError(f"{path}: is empty; copy or download it again")
    guards = {"protocol_whitelist": "file,pipe", "format_whitelist": DEMUXERS, "threads": 1, "max_pixels": PIXELS}
    return ffmpeg.input(location(path), **guards, **options)


def bytes_of(path: str | Path) -> int:
    """Bytes of a file; 0 where there is none."""
    return Path(path).stat().st_size if is_file(path) else 0


def limits(name: str | Path) -> list[str]:
    """Options that end ffmpeg where a file makes it compute too long or keep too much."""
    return ["-timelimit", str(COMPUTING + bytes_of(name) // PACE), "-max_alloc", str(ALLOCATED)]


def longest(path: str | Path) -> float:
    """Seconds that a file of its size can last: damaged times would have gaps of years filled with still frames."""
    return LASTING + bytes_of(path) / SPARSE


def too_long(path: str | Path) -> InputError:
    """What is said of a file that lasts longer."""
    return InputError(f"{path}: by its own times it lasts too long for its size; convert it or copy it again")


@contextmanager
def started(graph, name: str | Path, stdin: int = subprocess.DEVNULL) -> Iterator[subprocess.Popen]:
    """Run a command while the block lasts; afterwards it has ended, well or by an error naming `name`.

    Raises:
        InputError: if ffmpeg fails; the line carries the last thing it said.
    """
    command = graph.global_args(*STRICT, *limits(name))
    command = command.compile(cmd=imageio_ffmpeg.get_ffmpeg_exe(), overwrite_output=True)
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


def run(graph, name: str | Path, path: str | Path) -> None:
    """Run a command that writes a file; while that grows, it may take as long as a long video does.

    Raises:
        InputError: as `started`; also when nothing was added for `STALL` seconds.
    """
    with started(graph, name) as process:
        before = -1
        while process.poll() is None:
            try:
                process.wait(STALL)
            except subprocess.TimeoutExpired:
                if bytes_of(path) == before:
                    raise
                before = bytes_of(path)


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


def lines(process: subprocess.Popen) -> Iterator[bytes]:
    """The lines that a process writes, without their ends; raises as `take` does."""
    rest = b""
    while block := take(process, 1 << 16):
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
    if rest:
        yield rest
