"""A disk of few bytes, in memory."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 4096  # bytes, of which a file takes whole ones


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True, text=True)


@contextmanager
def disk(folder: Path, size: int) -> Iterator[None]:
    """Mount an empty disk of so many bytes at a folder.

    Raises:
        OSError, CalledProcessError: if one may not.
    """
    folder.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"size={size}", "impactsound", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def resize(folder: Path, size: int) -> None:
    """Give a disk another size; what is on it stays."""
    mount("-o", f"remount,size={size}", str(folder))


def taken(path: Path) -> int:
    """Bytes that a file, or all files in a folder, take on such a disk."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(-(-file.stat().st_size // PAGE) * PAGE for file in files if file.is_file())
