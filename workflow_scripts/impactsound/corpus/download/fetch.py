"""A file from a host, byte range by byte range (RFC 9110, 14), whatever happens on the way."""

import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path

from requests import Response

from impactsound.corpus.download.meter import meter
from impactsound.corpus.download.part import Part, Source
from impactsound.corpus.download.session import Interrupted, Session, check_status, failures
from impactsound.corpus.download.space import check_room, readable
from impactsound.errors import InputError

log = logging.getLogger("impactsound")
ATTEMPTS = 8  # in a row that bring less than a block that has not been here before
BLOCK = 1 << 16  # bytes
NUMBER = "[0-9]{1,18}"  # of bytes
LONGEST = 60.0  # seconds between two attempts
PATIENCE = 60.0  # seconds in which less than a block comes, before another connection is tried
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
            here = start(part, response, url, size)
        else:
            here = check_range(part, response)
        check_room(part.data.parent, SPACE * part.source.size - part.position)
        yield from kept(part, response, url, here)


def start(part: Part, response: Response, url: str, size: int | None) -> int:
    """Pass an answer that brings the file from its first byte on; how many bytes of it are here already.

    A part of another state of the file goes, once the answer is known to bring a file as it must be, and not before.

    Raises:
        InputError: if it does not.
    """
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
    source = Source(url, int(length), Source.validator_of(response.headers))
    if source != part.source or not source.validator:
        if part.position:
            log.warning("%s: may have changed since its first bytes came; starting again", url)
        part.start(source)
    return part.position


def check_range(part: Part, response: Response) -> int:
    """Pass an answer that goes on where the part ends, to the end of the same state of the same file; 0 bytes are here.

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
    return 0


def changed(source: Source, response: Response) -> bool:
    """Whether an answer is about another state of the file."""
    return Source.validator_of(response.headers) not in ("", source.validator)


def kept(part: Part, response: Response, url: str, here: int) -> Iterator[int]:
    """Keep the bytes of an answer as they come, but for the first, which are here; yield how many are here then."""
    with part.data.open("ab") as file:
        for block in body(response, url, here + part.source.size - file.tell()):
            file.write(block[here:])
            file.flush()  # whatever becomes of this process, the bytes are kept
            here = max(0, here - len(block))
            yield file.tell()


def body(response: Response, url: str, length: int) -> Iterator[bytes]:
    """The next bytes of an answer, in blocks as they come, and none beyond `length`.

    Raises:
        Interrupted: if there are fewer, or next to none come.
    """
    since, come = time.monotonic(), 0
    while length:
        with failures(url):
            block = response.raw.read1(min(BLOCK, length), decode_content=False)
        if not block:
            raise Interrupted("the connection ended early")
        yield block
        length, come = length - len(block), come + len(block)
        if time.monotonic() - since > PATIENCE:
            if come < BLOCK:
                raise Interrupted(f"less than {readable(BLOCK)} came in {PATIENCE:.0f} s")
            since, come = time.monotonic(), 0
