"""Writing a file so that a reader sees all of it or none, and an error that says which file a full disk has refused."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from impactsound.errors import InputError

FULL = (errno.ENOSPC, errno.EDQUOT)  # the disk, or the user's share of it, is used up
LEAST = 1 << 16  # bytes; with fewer to be had, an error of writing needs no other reason


@contextmanager
def atomic(path: str | Path) -> Iterator[Path]:
    """Yield a temporary name in the folder of `path`; move it into place on success, remove it on failure.

    Raises:
        InputError: as `beside`.
    """
    path = Path(path)
    with beside(path) as folder:
        partial = folder / path.name
        yield partial
        partial.replace(path)


@contextmanager
def beside(path: str | Path) -> Iterator[Path]:
    """Yield a temporary folder in that of `path`, where what is to take its place is made.

    What a process that was killed has left of the same `path` is removed first. So of two that write it at once the
    earlier fails; neither writes into what the other does.

    Raises:
        InputError: the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # a digest, since names may be as long as a file system allows
    mine = path.with_name(f".partial-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}")
    folder = mine / secrets.token_hex(8)
    try:
        shutil.rmtree(mine, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder
    except Exception as error:
        if is_full(error) or (_used_up(path.parent) and not isinstance(error, InputError)):
            raise no_space(path) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            mine.rmdir()


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic(path) as partial:
        partial.write_text(text, encoding="utf-8")


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it arose from, is that the disk is full, in whichever library's words."""
    if error is None:
        return False
    said = any(os.strerror(number) in str(error) for number in FULL)
    return getattr(error, "errno", None) in FULL or said or is_full(error.__context__)


def no_space(path: str | Path) -> InputError:
    """The line for a user whose disk is full."""
    return InputError(f"{path}: the disk is full, or your share of it; free some space there, then run this again")


def _used_up(folder: Path) -> bool:
    """Whether hardly a byte is free: some libraries, as libsndfile, do not say why they could not write."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < LEAST
