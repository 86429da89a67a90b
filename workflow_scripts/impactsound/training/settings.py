"""How a network is trained."""

import math
from collections.abc import Callable
from dataclasses import dataclass

# step, steps -> share of the rate
SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "cosine": lambda step, steps: 0.5 * (1 + math.cos(math.pi * step / steps)),
    "exponential": lambda step, steps: 10 ** (-4 * step / steps),
    "constant": lambda step, steps: 1.0,
}


@dataclass(frozen=True)
class Training:
    """How a network is trained.

    steps, batch, warmup and validate_every are counts; ema is the decay of the averaged weights (0: none)
    and clip_norm bounds the norm of the gradient. The rate rises over `warmup` and follows `schedule`: "cosine" falls
    to 0, "exponential" to a tenth in each quarter of the run (Su et al. 2023), "constant" stays.

    precision: "32-true", "bf16-mixed", or "auto": the latter on a GPU that computes in bfloat16. compile (on a GPU)
    and channels_last bear on the time that a step takes, and on its rounding.
    """

    steps: int
    batch: int
    learning_rate: float
    weight_decay: float = 0.01
    warmup: int = 20
    ema: float = 0.0
    clip_norm: float = 1.0
    validate_every: int = 100
    schedule: str = "cosine"
    precision: str = "auto"
    compile: bool = False
    channels_last: bool = False

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        rise = min(1.0, (step + 1) / max(1, self.warmup))
        return self.learning_rate * rise * SCHEDULES[self.schedule](step, self.steps)
