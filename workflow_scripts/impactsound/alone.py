"""One process at a time at work on a job's outputs.

Where Snakemake was killed its jobs run on, and the next run starts them a second time. The first would then take GPU
and memory from the second, and if it is of older code or settings its outputs could replace the second's. So a job
waits for the one before it. What that wrote is not lost: a training goes on from its last checkpoint.
"""

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def alone(path: Path, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a file while the block lasts. It ends with the process, however that ends; the file stays.

    On a file system that has no locks, none is held.

    Args:
        waiting: is told which process has the lock, where one has to be waited for.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            waiting(file.read())
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            pass
        with suppress(OSError):  # a disk that is full has room for a lock, though not for whose it is
            _sign(path)
        yield


def _sign(path: Path) -> None:
    """Note in the file who holds its lock."""
    path.write_text(f"process {os.getpid()} of {socket.gethostname()}", encoding="utf-8")
