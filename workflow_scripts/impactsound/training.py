"""The training loop of every network here, read top to bottom.

A step's batch and its random draws depend on (seed, stage, step) alone, so that a run which was killed and
resumed from its checkpoint ends with the weights of one that was not.
"""

import hashlib
import json
import math
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.tensorboard import SummaryWriter

from impactsound.files import atomic
from impactsound.progress import progress
from impactsound.seeds import generator, seed_of

CHECKPOINT = "checkpoint.safetensors"
BETAS = (0.9, 0.99)
EMA_WARMUP = 10  # the average starts as a short one: decay at step t is min(ema, (1 + t) / (EMA_WARMUP + t))


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    steps, batch, warmup and validate_every are counts; ema is the decay of the averaged weights (0: none)
    and clip_norm bounds the norm of the gradient. The rate rises over `warmup`, then falls to 0 as a cosine.
    """

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.01
    warmup: int = 20
    ema: float = 0.0
    clip_norm: float = 1.0
    validate_every: int = 100

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        return self.learning_rate * rise * 0.5 * (1 + math.cos(math.pi * step / self.steps))


def batch_rows(n: int, batch: int, step: int, *seed: object) -> Tensor:
    """Row numbers of a step's batch: epochs are seeded shufflings of `range(n)`, laid end to end."""
    position = torch.arange(step * batch, (step + 1) * batch)
    epochs = range(int(position[0]) // n, int(position[-1]) // n + 1)
    order = torch.cat([torch.randperm(n, generator=generator(*seed, "epoch", epoch)) for epoch in epochs])
    return order[position - epochs[0] * n]


def run_directory(root: str | Path, params: Mapping, inputs: Sequence[str]) -> Path:
    """Where a training keeps its checkpoint: a folder named by the hash of its settings and of its inputs."""
    total = hashlib.sha256(json.dumps(dict(params), sort_keys=True, default=str).encode())
    for path in inputs:
        with Path(path).open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return Path(root) / total.hexdigest()[:16]


@dataclass(frozen=True)
class Batch:
    """A share of a step's batch.

    step: counted from 0; rows: numbers of the training clips in this share, on the CPU; part: the share's place in the
    whole batch. What is drawn at random is drawn for the whole batch of `Training.batch` and cut by `part`, so that it
    does not depend on how the batch is shared out.
    """

    step: int
    rows: Tensor
    part: slice


Loss = Callable[[nn.Module, Batch], Tensor]
Validate = Callable[[nn.Module], dict[str, float]]
Show = Callable[[nn.Module, SummaryWriter, int], None]


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
) -> pd.DataFrame:
    """Train in place; the network ends on `device` with the weights (averaged, if `ema`) of the least validation loss.

    Args:
        n: how many training clips there are.
        loss: the mean training loss of a share of a step's batch.
        validate: figures of the held-out split, `loss` among them.
        run: the folder of the checkpoint and of TensorBoard's events.
        seed: parts that seed the order of the clips and what the network draws by itself, such as dropout.
        devices: how many devices share a step's batch.
        show: writes pictures of the network at a step to TensorBoard, at each validation.

    Returns:
        one row a validation: `step, train_loss, loss`, and the other figures of `validate`.
    """
    network.to(device)
    state = _State(network, settings)
    state.restore(run / CHECKPOINT)
    start = state.step
    with SummaryWriter(run / "events", purge_step=start) as events, _Termination() as termination:
        for step in progress(range(start, settings.steps), name, settings.steps, start):
            torch.manual_seed(seed_of(*seed, "step", step))
            state.advance(loss, Batch(step, batch_rows(n, settings.batch, step, *seed), slice(0, settings.batch)))
            last = step + 1 == settings.steps
            if last or state.step % settings.validate_every == 0:
                state.judge(validate, events)
                if show is not None:
                    show(state.judged, events, state.step)
            if last or termination.asked or state.step % settings.validate_every == 0:
                state.save(run / CHECKPOINT)
            if termination.asked:
                sys.exit(128 + signal.SIGTERM)
    network.load_state_dict(state.best)
    network.eval()
    return pd.DataFrame(state.history)


class _State:
    """All that changes in training: weights, their average, the optimiser, the best weights, the history."""

    def __init__(self, network: nn.Module, settings: Training):
        self.network, self.settings = network, settings
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, betas=BETAS, weight_decay=settings.weight_decay
        )
        self.average = None
        if settings.ema:
            self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings.ema))
        self.step = 0
        self.running = 0.0
        self.since = 0
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}

    @property
    def judged(self) -> nn.Module:
        """The weights that are validated and kept."""
        return self.network if self.average is None else self.average.module

    def advance(self, loss: Loss, batch: Batch) -> None:
        """One step of the optimiser."""
        step = batch.step
        self.network.train()
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate(step)
        self.optimiser.zero_grad(set_to_none=True)
        value = loss(self.network, batch)
        value.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        self.optimiser.step()
        if self.average is not None:
            decay = min(self.settings.ema, (1 + step) / (EMA_WARMUP + step))
            self.average.multi_avg_fn = get_ema_multi_avg_fn(decay)
            self.average.update_parameters(self.network)
        self.running = self.running + value.detach()
        self.since += 1
        self.step = step + 1

    @torch.no_grad()
    def judge(self, validate: Validate, events: SummaryWriter) -> None:
        """Validate, note the figures, and keep the weights if they are the best so far."""
        self.judged.eval()
        figures = {"train_loss": float(self.running) / self.since, **validate(self.judged)}
        self.running, self.since = 0.0, 0
        for key, value in figures.items():
            events.add_scalar(key, value, self.step)
        events.add_scalar("learning_rate", self.settings.rate(self.step - 1), self.step)
        if all(figures["loss"] < row["loss"] for row in self.history):
            self.best = {key: value.clone() for key, value in self.judged.state_dict().items()}
        self.history.append({"step": self.step, **figures})

    def save(self, path: Path) -> None:
        """Everything as tensors and JSON in one safetensors file."""
        parts = {"network": self.network.state_dict(), "best": self.best}
        if self.average is not None:
            parts["average"] = self.average.state_dict()
        optimiser = self.optimiser.state_dict()["state"]
        parts |= {f"optimiser/{number}": values for number, values in optimiser.items()}
        tensors = {
            f"{part}/{key}": value.contiguous().clone()
            for part, values in parts.items()
            for key, value in values.items()
        }
        notes = {
            "step": self.step,
            "history": self.history,
            "running": float(self.running),
            "since": self.since,
        }
        with atomic(path) as partial:
            save_file(tensors, partial, metadata={"state": json.dumps(notes)})

    def restore(self, path: Path) -> None:
        """Take up the state that `save` wrote, if there is one."""
        if not path.is_file():
            return
        device = next(self.network.parameters()).device
        with safe_open(path, framework="pt", device=str(device)) as file:
            notes = json.loads(file.metadata()["state"])
            parts: dict[str, dict[str, Tensor]] = {}
            for key in file.keys():  # noqa: SIM118 (a safetensors file is not a mapping)
                part, _, name = key.rpartition("/")
                parts.setdefault(part, {})[name] = file.get_tensor(key)
        self.network.load_state_dict(parts["network"])
        self.best = parts.get("best", {})
        if self.average is not None:
            self.average.load_state_dict(parts["average"])
        state = {int(part.split("/")[1]): values for part, values in parts.items() if part.startswith("optimiser/")}
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        self.step, self.history = notes["step"], notes["history"]
        self.running, self.since = notes["running"], notes["since"]


class _Termination:
    """Notes a SIGTERM instead of dying of it, so that the step in progress ends and is saved."""

    def __init__(self):
        self.asked = False

    def __enter__(self) -> "_Termination":
        self.main = threading.current_thread() is threading.main_thread()
        if self.main:
            self.previous = signal.signal(signal.SIGTERM, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self.main:
            signal.signal(signal.SIGTERM, self.previous)

    def _note(self, *_: object) -> None:
        self.asked = True
