"""What every rule's script does around its work: log, report an error in one line, choose the device."""

import io
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import NoReturn

from impactsound.alone import alone
from impactsound.errors import InputError
from impactsound.files import is_full, no_space
from impactsound.lease import take_gpus

DEVICE = "device: "  # begins the line of a log that says what the job computes on


@contextmanager
def job(snakemake) -> Iterator[logging.Logger]:
    """Run a script's work with its messages in the rule's log; what a user has to mend ends it with one line.

    That is an `InputError`, and a disk that is full. A job that is still at work on the same, because Snakemake was
    killed, is waited for.
    """
    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            if not _helper():
                stack.enter_context(alone(path.with_name(f".{path.name}.lock"), _say))
            _log(stack, path)
            yield logging.getLogger("impactsound")
        except InputError as error:
            _end(error)
        except Exception as error:
            if not is_full(error):
                raise
            _end(no_space(getattr(error, "filename", None) or snakemake.output[0]))


def gpus() -> int:
    """1 if this machine has an NVIDIA GPU, else 0; nothing is loaded to find out."""
    return int(Path("/dev/nvidiactl").exists())


def device(snakemake) -> str:
    """ "cuda" if the rule was granted a GPU and the machine has one, else "cpu"; sets the CPU's threads.

    In a process that a training has started to share its batches with, "cuda:1" or whichever GPU that has.

    Operations are made deterministic, so that two runs on one machine give the same bytes. The log says what it is.
    """
    take_gpus(int(snakemake.resources.get("gpu", 0)))
    import torch

    torch.set_num_threads(snakemake.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    logging.getLogger("impactsound").info("%s%s", DEVICE, device_name(snakemake))
    return _place(snakemake)


def device_name(snakemake) -> str:
    """What a job computes on: the name of a GPU, or "cpu"."""
    place = _place(snakemake)
    if place == "cpu":
        return place
    import torch

    return torch.cuda.get_device_name(place)


def logged_device(log: Path) -> str:
    """What a job computed on, after its log; "cpu" where that says nothing, as of a job that needs no torch."""
    if not log.is_file():
        return "cpu"
    said = re.search(rf"^\S+ \S+ {DEVICE}(.+)$", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return said[1] if said else "cpu"


def devices(snakemake) -> int:
    """How many GPUs a training may share its batches out to: as many as the job was granted, at most what is there."""
    import torch

    return max(1, min(int(snakemake.resources.get("gpu", 0)), torch.cuda.device_count()))


def _place(snakemake) -> str:
    if not int(snakemake.resources.get("gpu", 0)):
        return "cpu"
    import torch

    if not torch.cuda.is_available():
        return "cpu"
    return f"cuda:{_helper()}" if _helper() else "cuda"


def _helper() -> int:
    """0, or the number of a process that runs the script only to help with its training (see training.processes)."""
    return int(os.environ.get("LOCAL_RANK", 0))


def _log(stack: ExitStack, path: Path) -> None:
    """Have all messages go to a file until the stack is left. The process that begins a job empties it before.

    Nothing is held back, so that closing it cannot fail on a disk that is full.
    """
    if not _helper():
        path.write_text("")
    log = stack.enter_context(io.TextIOWrapper(path.open("ab", buffering=0), encoding="utf-8", write_through=True))
    stack.enter_context(redirect_stdout(log))
    stack.enter_context(redirect_stderr(log))
    level, device = (logging.WARNING, f"device {_helper()}: ") if _helper() else (logging.INFO, "")
    logging.basicConfig(stream=log, level=level, format=f"%(asctime)s {device}%(message)s", force=True)
    logging.captureWarnings(True)
    stack.callback(logging.captureWarnings, False)
    stack.callback(setattr, threading, "excepthook", threading.excepthook)
    threading.excepthook = _said_of_thread


def _said_of_thread(failed: threading.ExceptHookArgs) -> None:
    """Say how a thread has failed; of a full disk, which TensorBoard's meets, the job is told later."""
    if not is_full(failed.exc_value):
        threading.__excepthook__(failed)


def _say(line: str) -> None:
    """A line for the terminal."""
    print(line, file=sys.__stderr__)


def _end(error: InputError) -> NoReturn:
    """End the job with a line on the terminal and, where there is room, in the log."""
    with suppress(OSError):
        print(f"error: {error}")
    _say(f"error: {error}")
    sys.exit(1)
