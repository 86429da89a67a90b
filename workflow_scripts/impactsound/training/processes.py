"""A training's processes: one a device, begun, ended and asked to end together.

The process that a rule starts starts the others, which run the same script up to the training, help with its
gradients, and end there; it alone validates, writes and reports.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from lightning_fabric import Fabric

LOOK_EVERY = 1.0  # seconds between two looks of a helper at whether it is still needed


def start(device: str, devices: int, precision: str) -> "Fabric":
    """Start the processes of a training; to be done once in a script that wants more than one device.

    Args:
        device: "cpu", "cuda", or one GPU of several, "cuda:1".
        precision: "32-true", "bf16-mixed", or "auto": the latter on a GPU that computes in bfloat16.
    """
    from lightning_fabric import Fabric
    from lightning_fabric.plugins.environments import LightningEnvironment

    place = torch.device(device)
    precision = _precision(place, precision)
    fabric = Fabric(
        accelerator=place.type,
        devices=devices if devices > 1 or place.type == "cpu" else [place.index or 0],
        strategy="ddp" if devices > 1 else "auto",
        precision=precision,
        plugins=[LightningEnvironment()],  # a cluster's scheduler gives the job its devices, but no processes
    )
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # its greetings say nothing of the training
    fabric.launch()
    logging.info("training on %d x %s, precision %s", fabric.world_size, place.type, precision)
    if not fabric.is_global_zero:
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    return fabric


def make_alike(network: nn.Module, fabric: "Fabric") -> None:
    """Give the networks of all processes the weights of the first."""
    if fabric.world_size > 1:
        for value in network.state_dict().values():
            torch.distributed.broadcast(value, 0)


@contextmanager
def first(fabric: "Fabric") -> Iterator[None]:
    """The block is run by the first process, and then by the others unless it has failed."""
    if not fabric.is_global_zero:
        fabric.barrier()
    yield
    if fabric.is_global_zero:
        fabric.barrier()


@contextmanager
def together(fabric: "Fabric") -> Iterator[None]:
    """Wait for the other processes after the block, or end them if it fails."""
    try:
        yield
        _part(fabric)
    except BaseException:
        # the list is emptied first: Fabric kills this process, too, when it sees that one on it has died
        helpers = getattr(fabric.strategy.launcher, "procs", [])
        dying = list(helpers)
        helpers.clear()
        for helper in dying:
            helper.kill()
        raise


def end(fabric: "Fabric") -> None:
    """End a process that has helped."""
    _part(fabric)
    sys.exit()


class Termination:
    """Notes a SIGTERM instead of dying of it, so that the step in progress ends and is saved."""

    def __init__(self):
        self.asked = False

    def __enter__(self) -> "Termination":
        self.main = threading.current_thread() is threading.main_thread()
        if self.main:
            self.previous = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self.main:
            signal.signal(signal.SIGTERM, self.previous)

    def _note(self, *_: object) -> None:
        self.asked = True


def _part(fabric: "Fabric") -> None:
    if fabric.world_size > 1:
        fabric.barrier()
        torch.distributed.destroy_process_group()


def _precision(place: torch.device, precision: str) -> str:
    if precision != "auto":
        return precision
    native = place.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bf16-mixed" if native else "32-true"


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone, of whatever it died."""
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os._exit(1)
