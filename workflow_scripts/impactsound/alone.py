"""One process at a time at work on a job's outputs, and the job that was begun last has the last word.

Where Snakemake was killed its jobs run on, and the next run starts them a second time. The first would then take GPU
and memory from the second, and if it is of older code or settings its outputs could replace the second's. So a job
waits for one that is at work on the same: what that writes is not lost, since a training goes on from its last
checkpoint. One that gets to work only after a later one has, gives up.
"""

import fcntl
import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from impactsound.errors import InputError


@contextmanager
def alone(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a file while the block lasts. It ends with the process, however that ends; the file stays.

    On a file system that has no locks, none is held.

    Args:
        say: is told which process has the lock, where one has to be waited for.

    Raises:
        InputError: a process of this machine that was started after this one has had the lock.
    """
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = _not_later(path)
            say(f"{path}: held by process {held.get('process')} of {held.get('machine')}; waiting for it to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            pass
        _not_later(path)
        with suppress(OSError):  # a disk that is full has room for a lock, though not for whose it is
            path.write_text(json.dumps(_this()), encoding="utf-8")
        yield


def _not_later(path: Path) -> dict:
    """Which process has signed a lock last, which must not have been started after this one."""
    held, this = _held(path), _this()
    if held.get("boot") == this["boot"] and held["started"] > this["started"]:
        raise InputError(f"{path}: the same was begun again by process {held['process']}; this one ends")
    return held


def _held(path: Path) -> dict:
    """Which process has signed a lock last; nothing, if none has."""
    with suppress(json.JSONDecodeError):
        return json.loads(path.read_text(encoding="utf-8"))
    return {}


def _this() -> dict:
    """This process, and when it was started, in ticks since the machine was; where the system does not say, 0."""
    known = {"process": os.getpid(), "machine": platform.node(), "boot": "", "started": 0}
    with suppress(OSError):
        known["boot"] = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        known["started"] = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return known
