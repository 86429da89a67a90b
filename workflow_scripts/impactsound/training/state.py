"""All that changes in training: weights, their average, the optimiser, the best weights, the history."""

import math
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from impactsound.errors import InputError
from impactsound.training import checkpoint
from impactsound.training.gradient import Batch, Gradient
from impactsound.training.settings import Training

BETAS = (0.9, 0.99)
EMA_WARMUP = 10  # the average starts as a short one: decay at step t is min(ema, (1 + t) / (EMA_WARMUP + t))
DIVERGED = 1e4  # from so many times the first loss a training does not come back
LEAST_FIRST = 1e-3  # a first loss counts as no less: a network may happen to start with next to none

Validate = Callable[[nn.Module], dict[str, float]]


class State:
    """A training between two steps.

    step: of how many steps it is the outcome; history: a row a validation; best: the weights, on the CPU, that were
    judged best; sums: loss and gradient norm summed over the `since` steps since the last validation.
    """

    def __init__(self, network: nn.Module, settings: Training, name: str):
        self.network, self.settings, self.name = network, settings, name
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=settings.learning_rate, betas=BETAS, weight_decay=settings.weight_decay
        )
        self.average = None
        if settings.ema:
            self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings.ema))
        self.step, self.since = 0, 0
        self.first: Tensor | float | None = None
        self.sums: Tensor | float = 0.0
        self.latest: deque[tuple[int, Tensor]] = deque(maxlen=2)
        self.history: list[dict[str, float]] = []
        self.best: dict[str, Tensor] = {}

    @property
    def judged(self) -> nn.Module:
        """The weights that are validated and kept."""
        return self.network if self.average is None else self.average.module

    def advance(self, gradient: Gradient, batch: Batch) -> None:
        """One step of the optimiser."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate(batch.step)
        self.optimiser.zero_grad(set_to_none=True)
        loss = gradient(batch)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip_norm)
        self.optimiser.step()
        if self.average is not None:
            decay = min(self.settings.ema, (1 + batch.step) / (EMA_WARMUP + batch.step))
            self.average.multi_avg_fn = get_ema_multi_avg_fn(decay)
            self.average.update_parameters(self.network)
        self._note(batch.step, torch.stack([loss, norm]))

    def check(self, but: int = 0) -> None:
        """Look at the latest steps' figures, `but` for the last few, which the device may still be at work on.

        Raises:
            InputError: the training has diverged.
        """
        while len(self.latest) > but:
            step, figures = self.latest.popleft()
            loss, norm, mean = figures.tolist()
            if not math.isfinite(loss + norm) or mean > DIVERGED * max(float(self.first), LEAST_FIRST):
                raise self._diverged(f"at step {step}, with a loss of {loss:.3g} and a gradient norm of {norm:.3g}")

    @torch.no_grad()
    def judge(self, validate: Validate) -> dict[str, float]:
        """Validate, and keep the weights if they are the best so far; returns the figures.

        Raises:
            InputError: the training has diverged.
        """
        self.check()
        self.judged.eval()
        loss, norm = (value / self.since for value in self.sums.tolist())
        figures = {"train_loss": loss, **validate(self.judged)}
        if not math.isfinite(figures["loss"]):
            raise self._diverged(f"by step {self.step - 1}, with a validation loss of {figures['loss']}")
        self.sums, self.since = 0.0, 0
        if all(figures["loss"] < row["loss"] for row in self.history):
            self.best = {name: value.to("cpu", copy=True) for name, value in self.judged.state_dict().items()}
        self.history.append({"step": self.step, **figures})
        return {**figures, "learning_rate": self.settings.rate(self.step - 1), "gradient_norm": norm}

    def save(self, path: Path, training: Mapping) -> None:
        """Write everything; `training` says what it is a training of.

        Raises:
            InputError: the training has diverged; nothing is written.
        """
        self.check()
        parts = {"network": self.network.state_dict(), "best": self.best}
        if self.average is not None:
            parts["average"] = self.average.state_dict()
        moments = self.optimiser.state_dict()["state"]
        parts |= {f"optimiser/{number}": values for number, values in moments.items()}
        notes = {"step": self.step, "history": self.history, "since": self.since, "first": float(self.first)}
        notes["sums"] = self.sums.tolist() if self.since else [0.0, 0.0]
        checkpoint.save(path, parts, notes, training)

    def restore(self, path: Path, training: Mapping) -> None:
        """Take up what `save` wrote, if it did.

        Raises:
            InputError: as `checkpoint.load`.
        """
        found = checkpoint.load(path, training)
        if found is None:
            return
        parts, notes = found
        self.network.load_state_dict(parts["network"])
        self.best = parts.get("best", {})
        if self.average is not None:
            self.average.load_state_dict(parts["average"])
        moments = {int(part.split("/")[1]): values for part, values in parts.items() if part.startswith("optimiser/")}
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})
        self.step, self.history, self.since, self.first = (notes[key] for key in ("step", "history", "since", "first"))
        self.sums = torch.tensor(notes["sums"], device=next(self.network.parameters()).device)

    def _note(self, step: int, figures: Tensor) -> None:
        """Add up the loss and gradient norm of a step."""
        self.first = figures[0] if self.first is None else self.first
        self.sums = self.sums + figures
        self.since += 1
        self.latest.append((step, torch.cat([figures, self.sums[:1] / self.since])))
        self.step = step + 1

    def _diverged(self, how: str) -> InputError:
        rate = self.settings.learning_rate
        return InputError(f"{self.name}: the training diverged {how}: lower its learning_rate ({rate:g})")
