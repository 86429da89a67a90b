"""Bytes: how to say how many, and whether a disk has room for them."""

import shutil
from pathlib import Path

from impactsound.errors import InputError


def readable(size: float) -> str:
    """Bytes in the largest unit of which there is one.

    >>> readable(21_142_601_241), readable(999)
    ('21.1 GB', '999 B')
    """
    for unit in ("B", "kB", "MB"):
        if abs(size) < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def check_room(folder: Path, needed: float) -> None:
    """Refuse to write more bytes to a folder than its disk has room for.

    Raises:
        InputError: naming the folder, what is needed and what is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InputError(
            f"{folder}: needs {readable(needed)} of free disk and has {readable(free)}; "
            "make room or set download.directory to another disk"
        )
