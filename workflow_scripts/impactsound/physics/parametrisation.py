"""Where the residual's parameters may lie, and the real numbers that a network gives for them.

Each parameter has a scale; its share of the scale, in [0, 1], is what the denoiser is told, and the logit of that
share, unbounded, is what the residual encoder corrects.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from impactsound.errors import InputError
from impactsound.physics.residual import QUIETEST, Residual

PAPER_T60 = (1e-5, 0.5 + 1e-5)  # s
NAMES = ("decibel", "paper")


@dataclass(frozen=True)
class Scale:
    """Values from low to high, even in the value or in its logarithm.

    edge: share of the scale, at either end, that a logit does not start in, where it would hardly learn.
    """

    low: float
    high: float
    logarithmic: bool
    edge: float = 0.01

    def share(self, value: Tensor) -> Tensor:
        """Where a value lies, 0 at low and 1 at high and beyond them."""
        value = value.clamp(self.low, self.high)
        if self.logarithmic:
            return (value / self.low).log() / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def value(self, share: Tensor) -> Tensor:
        """The value at a share; the inverse of `share`."""
        if self.logarithmic:
            return self.low * torch.exp(share * math.log(self.high / self.low))
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True)
class Parametrisation:
    """The scales of the residual's parameters; a parameter without one is not learned and stays 0.

    Example:
        >>> paper = Parametrisation.of("paper", (0.01, 1.0), 0.02)
        >>> paper.kinds, paper.delay
        (('weight', 't60'), None)
    """

    weight: Scale
    delay: Scale | None
    t60: Scale

    @classmethod
    def of(cls, name: str, t60_range: Sequence[float], latest_delay: float) -> "Parametrisation":
        """The parametrisation of a name.

        Args:
            name: "decibel": weight in dB, T60 on a logarithmic scale, delay; "paper": weight and T60 on linear
                scales and no delay, as in Su et al. 2023, whatever the other arguments.
            t60_range: s; latest_delay: s.
        """
        if name not in NAMES:
            raise ValueError(f"parametrisation is {name!r}; give one of {', '.join(NAMES)}")
        if name == "paper":
            return cls(Scale(0.0, 1.0, False, edge=QUIETEST), None, Scale(*PAPER_T60, False))
        if not 0 < t60_range[0] < t60_range[1]:
            raise InputError(f"residual.t60_range = {list(t60_range)}: the first must be less than the second")
        return cls(Scale(QUIETEST, 1.0, True), Scale(0.0, latest_delay, False), Scale(*t60_range, True))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of the parameters that are learned."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)

    def shares(self, residual: Residual) -> Tensor:
        """Every learned parameter's place in its scale, `[..., kind, band]` in [0, 1]."""
        return torch.stack([getattr(self, kind).share(getattr(residual, kind)) for kind in self.kinds], dim=-2)

    def logits(self, residual: Residual) -> Tensor:
        """What `residual` makes these parameters of, `[..., kind, band]`, were they not too near a scale's end."""
        edge = torch.tensor([[getattr(self, kind).edge] for kind in self.kinds], device=residual.weight.device)
        return self.shares(residual).clamp(edge, 1 - edge).logit()

    def residual(self, logits: Tensor) -> Residual:
        """The parameters of real numbers `[..., kind, band]`."""
        shares = dict(zip(self.kinds, logits.sigmoid().unbind(-2), strict=True))
        values = {kind: getattr(self, kind).value(share) for kind, share in shares.items()}
        return Residual(values["weight"], values.get("delay", torch.zeros_like(values["weight"])), values["t60"])
