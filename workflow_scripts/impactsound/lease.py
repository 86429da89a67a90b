"""Each job its own GPU on a machine that has several and no scheduler to give them out.

Snakemake counts GPUs and does not say which. A job that was granted some takes them by locking a file for each; the
locks end with the process, however it ends.
"""

import fcntl
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

VISIBLE = "CUDA_VISIBLE_DEVICES"

_held: list[IO] = []  # open, and so locked, for as long as the process lives


def take_gpus(wanted: int, there: int | None = None, folder: Path | None = None) -> list[int]:
    """Take GPUs that no other job of this user has, and hide all others from this process and its children.

    Where `CUDA_VISIBLE_DEVICES` is set, by a scheduler or by hand, that stands. Where fewer are free than wanted, as
    when two workflows run on one machine, none is taken and the job sees all of them.

    Args:
        there: GPUs of this machine; counted if None.
        folder: where the locks lie, the same for all jobs.

    Returns:
        the numbers of the GPUs taken, as CUDA counts them.
    """
    there = len(list(Path("/dev").glob("nvidia[0-9]*"))) if there is None else there
    if not wanted or there < 2 or VISIBLE in os.environ:
        return []
    folder = folder or Path(tempfile.gettempdir()) / f"impactsound-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "all").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        free = {number: file for number in range(there) if (file := _locked(folder / str(number)))}
        taken = list(free)[:wanted] if len(free) >= wanted else []
        for number, file in free.items():
            _held.append(file) if number in taken else file.close()
    if not taken:
        logging.warning("%d of %d GPUs are free and %d were asked for: they are shared", len(free), there, wanted)
        return []
    os.environ[VISIBLE] = ",".join(map(str, taken))
    return taken


def _locked(path: Path) -> IO | None:
    """The file, locked, or None if another process has locked it."""
    file = path.open("w")
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return file
    file.close()
    return None
