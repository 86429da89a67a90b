"""Files that people give, which may be anything: they are looked at before they are opened.

A device or a pipe, which might have no end, is none; nor is a name that no file can have.
"""

import os
from pathlib import Path

from impactsound.errors import InputError

LARGEST = 1 << 24  # bytes of a text that people write; the times of a million hits


def is_file(path: str | Path) -> bool:
    """Whether there is a file of that name; `Path.is_file` raises where a name is too long to be one."""
    return os.path.isfile(path)  # noqa: PTH113


def read_text(path: str | Path, cure: str, largest: int = LARGEST) -> str:
    """The text of a file.

    Args:
        cure: what an error tells one to do where there is no such file.
        largest: bytes that it may have.

    Raises:
        InputError: if it is absent, is no file, has too many bytes or is not UTF-8.
    """
    if not is_file(path):
        raise InputError(f"{path}: no such file; {cure}")
    size = Path(path).stat().st_size
    if size > largest:
        raise InputError(f"{path}: has {size} bytes, and {largest} are the most that are read; {cure}")
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not a text file that can be read; write it as UTF-8") from error


def check_name(path: str | Path) -> None:
    """Raise an InputError unless a name can be written down, being UTF-8 on disk."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(f"{str(path)!a}: the name is not UTF-8; rename it") from None
