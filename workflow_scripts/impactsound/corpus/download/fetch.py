"""A file from a host, byte range by byte range (RFC 9110, 14), whatever happens on the way."""

import logging
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from requests import Response

from impactsound.corpus.download.meter import meter, readable
from impactsound.corpus.download.part import Part, Source
from impactsound.corpus.download.session import Interrupted, Session, check_status, failures
from impactsound.errors import InputError

log = logging.getLogger("impactsound")
ATTEMPTS = 8  # in a row that bring less than a block that has not been here before
BLOCK = 1 << 16  # bytes
NUMBER = "[0-9]{1,18}"  # of bytes
LONGEST = 60.0  # seconds between two attempts
SPACE = 2.0  # sizes of an archive that are needed of the disk: its own, and about as much for what is in it


def fetch(url: str, file: Path, session: Session, size: int | None = None, pause: float = 1.0) -> None:
    """Download a file; it appears under its name when all of it is there.

    What an interrupted run left in `<file>.part` is gone on from, if the host still has the very file.

    Args:
        size: bytes that the file must have; None to believe the host.
        pause: seconds before the second attempt; they double from one to the next.

    Raises:
        InputError: naming the URL, if the host has no such file, or nothing new comes in `ATTEMPTS` attempts.
    """
    part = Part(file, url, size)
    failed, furthest = 0, part.position
    if part.position:
        log.info("%s: going on after %s of %s", url, readable(part.position), readable(part.source.size))
    with meter(file.name, part.position) as show:
        while not part.whole:
            before = furthest
            try:
                for position in attempt(part, url, session, size):
                    furthest = max(furthest, position)
                    show(position, part.source.size)
            except Interrupted as reason:
                failed = 0 if furthest - before >= BLOCK else failed + 1
                if failed == ATTEMPTS:
                    raise InputError(
                        f"{url}: nothing new came in {ATTEMPTS} attempts ({reason}); see that the host is reached, "
                        f"then run it again: it goes on after {readable(part.position)}"
                    ) from reason
                wait = min(max(pause * 2**failed, reason.wait), LONGEST)
                log.warning("%s: %s; trying again in %.3g s", url, reason, wait)
                time.sleep(wait)
    part.finish(file)


def attempt(part: Part, url: str, session: Session, size: int | None) -> Iterator[int]:
    """Ask once for what is missing; yield how many bytes are here, whenever some more are.

    Raises:
        Interrupted: if that was not all.
        InputError: if another attempt would do no better.
    """
    asked = {}
    if part.position and part.source.validator:
        asked = {"Range": f"bytes={part.position}-", "If-Range": part.source.validator}
    with failures(url):
        response = session.open(url, asked)
    with response:
        check_status(response, url)
        if not asked or response.status_code == 200:
            start(part, response, url, size)
        else:
            check_range(part, response)
        check_room(part.data.parent, SPACE * part.source.size - part.position)
        yield from kept(part, response, url)


def start(part: Part, response: Response, url: str, size: int | None) -> None:
    """Begin with the first byte, once an answer is known to bring the file: what is here goes then, and not before."""
    if response.status_code != 200:
        raise InputError(f"{url}: the host sends a part of the file unasked; download it from another place")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise InputError(f"{url}: the host sends the file encoded; download it from another place")
    length = response.headers.get("Content-Length", "")
    if not re.fullmatch(NUMBER, length) or int(length) == 0:
        raise InputError(f"{url}: the host does not say how large the file is; download it from another place")
    if size not in (None, int(length)):
        raise InputError(
            f"{url}: has {int(length)} bytes, not the {size} of download.size; see whether it is the right file, "
            "then correct one of the two"
        )
    if part.position:
        log.warning("%s: the file has changed, or the host sends no ranges; starting again", url)
    part.start(Source(url, int(length), Source.validator_of(response.headers)))


def check_range(part: Part, response: Response) -> None:
    """Pass an answer that goes on where the part ends, to the end of the same state of the same file.

    Raises:
        Interrupted: if it does not; of a file that has changed, the part is of no use any more and is gone.
    """
    found = re.fullmatch(f"bytes ({NUMBER})-({NUMBER})/({NUMBER})", response.headers.get("Content-Range", ""))
    first, last, size = map(int, found.groups()) if found else (None, None, None)
    if response.status_code == 416 or size not in (None, part.source.size) or changed(part.source, response):
        part.clear()
        raise Interrupted("the file has changed at the host; starting again")
    if first != part.position or last != size - 1:
        raise Interrupted("the host sends another range than was asked for")


def changed(source: Source, response: Response) -> bool:
    """Whether an answer is about another state of the file."""
    return Source.validator_of(response.headers) not in ("", source.validator)


def kept(part: Part, response: Response, url: str) -> Iterator[int]:
    """Keep the bytes of an answer as they come, and none beyond the end; yield how many are here."""
    with part.data.open("ab") as file:
        while missing := part.source.size - file.tell():
            with failures(url):
                block = response.raw.read1(min(BLOCK, missing), decode_content=False)
            if not block:
                raise Interrupted("the connection ended early")
            file.write(block)
            file.flush()  # whatever becomes of this process, the bytes are kept
            yield file.tell()


def check_room(folder: Path, needed: float) -> None:
    """Refuse to write more bytes to a folder than its disk has room for."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            f"{folder}: needs {readable(needed)} of free disk and has {readable(free)}; "
            "make room or set download.directory to another disk"
        )
