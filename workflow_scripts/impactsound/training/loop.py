"""The training loop of every network here, read top to bottom.

A step's batch and its random draws depend on (seed, stage, step) alone, so that a run which was killed and
resumed from its checkpoint ends with the weights of one that was not.
"""

import hashlib
import json
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from impactsound.progress import progress
from impactsound.training import checkpoint, processes
from impactsound.training.gradient import Batch, Gradient, Loss, batch_rows
from impactsound.training.settings import Training
from impactsound.training.state import State, Validate

CHECKPOINT = "checkpoint.safetensors"

Show = Callable[[nn.Module, SummaryWriter, int], None]


def run_directory(model: str | Path, params: Mapping, inputs: Sequence[str]) -> Path:
    """Where a training keeps its checkpoint: a folder named by its model and the hash of its settings and inputs."""
    total = hashlib.sha256(json.dumps(dict(params), sort_keys=True, default=str).encode())
    for path in inputs:
        with Path(path).open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return Path(model).parent / "runs" / f"{Path(model).stem}-{total.hexdigest()[:16]}"


def fit(
    network: nn.Module,
    n: int,
    loss: Loss,
    validate: Validate,
    settings: Training,
    run: Path,
    seed: Sequence[object],
    name: str,
    device: str = "cpu",
    devices: int = 1,
    show: Show | None = None,
    read: Callable[[Batch], Tensor] | None = None,
) -> pd.DataFrame:
    """Train in place; the network ends on `device` with the weights (averaged, if `ema`) of the least validation loss.

    Args:
        n: how many training clips there are.
        loss: the mean training loss of a share of a step's batch.
        validate: figures of the held-out split, `loss` among them.
        run: the folder of the checkpoint and of TensorBoard's events.
        seed: parts that seed the order of the clips and what the network draws by itself, such as dropout.
        devices: how many devices share a step's batch, each with a process that runs the script again: see `processes`.
        show: writes pictures of the network at a step to TensorBoard, at each validation.
        read: what `loss` finds as a share's `data`, clips first; called in a thread while the step before is computed.

    Returns:
        one row a validation: `step, train_loss, loss`, and the other figures of `validate`.

    Raises:
        InputError: the loss diverges, a single clip does not fit into memory, or the checkpoint is damaged or of
            another training. The checkpoint stays as it was.
    """
    fabric = processes.start(device, min(devices, settings.batch), settings.precision)
    training = asdict(settings) | {"seed": [str(part) for part in seed], "clips": n}
    training["network"] = checkpoint.shapes(network)
    with processes.together(fabric), processes.Termination() as termination:
        network.to(fabric.device)
        processes.make_alike(network, fabric)
        if settings.channels_last:
            network.to(memory_format=torch.channels_last)
        state = State(network, settings, name)
        with processes.first(fabric):
            state.restore(run / CHECKPOINT, training)
        if settings.compile and fabric.device.type == "cuda":
            network.compile()
        gradient = Gradient(fabric, network, loss, settings.batch, seed)

        def prepare(step: int) -> Batch:
            rows = batch_rows(n, settings.batch, step, *seed)
            batch = Batch(step, rows, slice(0, settings.batch))[gradient.mine()]
            return batch if read is None else replace(batch, data=read(batch))

        batches = _ahead(prepare, range(state.step, settings.steps))
        if not fabric.is_global_zero:
            for batch in batches:
                state.advance(gradient, batch)
            processes.end(fabric)

        checkpoint.clear_partial(run)
        with SummaryWriter(run / "events", purge_step=state.step) as events:
            clock = _Clock()
            for batch in progress(batches, name, settings.steps, state.step):
                with clock:
                    state.advance(gradient, batch)
                    state.check(but=1)
                due = state.step == settings.steps or state.step % settings.validate_every == 0
                if due:
                    figures = clock.figures(settings.batch) | state.judge(validate)
                    for key, value in figures.items():
                        events.add_scalar(key, value, state.step)
                    if show is not None:
                        show(state.judged, events, state.step)
                if due or termination.asked:
                    state.save(run / CHECKPOINT, training)
                if termination.asked:
                    sys.exit(128 + signal.SIGTERM)
                if due:
                    clock = _Clock()
    network.load_state_dict(state.best)
    network.eval()
    return pd.DataFrame(state.history)


def _ahead(fn: Callable[[int], Batch], steps: range) -> Iterator[Batch]:
    """Yield `fn` of each step; that of the next is worked out in a thread meanwhile."""
    with ThreadPoolExecutor(1) as thread:
        coming = deque()
        for step in steps:
            coming.append(thread.submit(fn, step))
            if len(coming) > 1:
                yield coming.popleft().result()
        yield from (left.result() for left in coming)


class _Clock:
    """Time since it was made, and how much of it was spent inside its `with`, on steps."""

    def __init__(self):
        self.begun, self.busy, self.steps = time.monotonic(), 0.0, 0

    def __enter__(self) -> None:
        self.entered = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self.busy += time.monotonic() - self.entered
        self.steps += 1

    def figures(self, batch: int) -> dict[str, float]:
        """Speed, and the share of time in which no step was computed because its clips were not there yet."""
        passed = time.monotonic() - self.begun
        return {"clips_per_second": self.steps * batch / passed, "waiting": 1 - self.busy / passed}
