"""What every rule's script does around its work: log, report an error in one line, choose the device."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from impactsound.errors import InputError
from impactsound.lease import take_gpus

DEVICE = "device: "  # begins the line of a log that says what the job computes on


@contextmanager
def job(snakemake) -> Iterator[logging.Logger]:
    """Run a script's work with its messages in the rule's log; an `InputError` ends it with one line."""
    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    if not _helper():
        path.write_text("")
    with path.open("a", encoding="utf-8", buffering=1) as log, redirect_stdout(log), redirect_stderr(log):
        level, device = (logging.WARNING, f"device {_helper()}: ") if _helper() else (logging.INFO, "")
        logging.basicConfig(stream=log, level=level, format=f"%(asctime)s {device}%(message)s", force=True)
        logging.captureWarnings(True)
        try:
            yield logging.getLogger("impactsound")
        except InputError as error:
            print(f"error: {error}", file=log)
            print(f"error: {error}", file=sys.__stderr__)
            sys.exit(1)
        finally:
            logging.captureWarnings(False)


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


def run_folder(snakemake) -> Path:
    """Where a training rule keeps its checkpoint: beside its model, by the hash of its params and inputs."""
    from impactsound.training import run_directory

    return run_directory(Path(snakemake.output.model).parent / "runs", dict(snakemake.params), list(snakemake.input))


def save_trained(snakemake, network, config: dict, history) -> None:
    """Write the two outputs of a training rule: the weights with their settings, and the loss curve."""
    from impactsound import weights
    from impactsound.files import atomic

    weights.save(snakemake.output.model, network, config)
    with atomic(snakemake.output.history) as partial:
        history.to_csv(partial, index=False)


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
