"""An edit of a hit: what a person sets, checked, and what it makes of the hit's physics.

size, damping: factors; tilt: dB an octave about 1 kHz; low: of the modes lowest in frequency; residual_level: dB and
residual_t60: factor, of every noise band; entry: the bank's clip, or the material, whose physics it is in the first
place; strength: dB of the sound; time: s. The last two change how a sound is mixed, not the sound.
"""

import dataclasses
from dataclasses import dataclass

from torch import Tensor

from impactsound.dubbing.members import Members
from impactsound.dubbing.physics import Physics
from impactsound.physics.edits import scale_damping, scale_size, shift_lowest, tilt
from impactsound.physics.modes import Modes
from impactsound.physics.residual import Residual

ABOUT = 1000.0  # Hz, where a tilt leaves the power as it is
DECIBELS, FACTOR = (-60.0, 20.0), (0.1, 10.0)
# least and most of each number, and where there is one the value that changes nothing
RANGES = {
    "size": (0.25, 4.0),
    "damping": FACTOR,
    "tilt": (-12.0, 12.0),
    "residual_level": DECIBELS,
    "residual_t60": FACTOR,
    "strength": DECIBELS,
}
LOW_RANGES = {"modes": (0, 1000), "decibels": DECIBELS, "decay": FACTOR}
NEUTRAL = {"size": 1.0, "damping": 1.0, "tilt": 0.0, "residual_level": 0.0, "residual_t60": 1.0}


@dataclass(frozen=True)
class Low:
    """The `modes` lowest in frequency louder by `decibels`, their decay rates times `decay` (Su et al. 2023)."""

    modes: int
    decibels: float = 0.0
    decay: float = 1.0

    @classmethod
    def read(cls, members: Members) -> "Low":
        """Checked; without `decibels` or `decay` that stays as it is.

        Raises:
            InputError: naming the key at fault.
        """
        members.only(LOW_RANGES)
        others = {key: members.number(key, *LOW_RANGES[key]) for key in ("decibels", "decay") if key in members}
        return cls(members.integer("modes", *LOW_RANGES["modes"]), **others)

    @property
    def neutral(self) -> bool:
        """Whether it changes nothing."""
        return self.modes == 0 or (self.decibels, self.decay) == (0.0, 1.0)


@dataclass(frozen=True)
class Edit:
    """What is set of an edit; None is unset."""

    size: float | None = None
    damping: float | None = None
    tilt: float | None = None
    low: Low | None = None
    residual_level: float | None = None
    residual_t60: float | None = None
    entry: str | None = None
    strength: float | None = None
    time: float | None = None

    @classmethod
    def read(cls, members: object, place: str) -> "Edit":
        """An edit as JSON has it.

        Args:
            place: how an error begins, such as "edits.json: hit 3: edit".

        Raises:
            InputError: naming the key that is unknown, or whose value is none or out of its range.

        >>> Edit.read({"size": 2, "low": {"modes": 20, "decibels": -10}}, "edits.json: all").to_json()
        {'size': 2.0, 'low': {'modes': 20, 'decibels': -10.0, 'decay': 1.0}}
        """
        members = Members(members, place).only([field.name for field in dataclasses.fields(cls)])
        found = {key: members.number(key, *RANGES[key]) for key in RANGES if key in members}
        low = Low.read(members.object("low")) if "low" in members else None
        entry = members.text("entry") if "entry" in members else None
        time = members.number("time", 0.0) if "time" in members else None
        return cls(**found, low=low, entry=entry, time=time)

    def to_json(self) -> dict:
        """What is set."""
        return {key: value for key, value in dataclasses.asdict(self).items() if value is not None}

    def over(self, other: "Edit") -> "Edit":
        """This, and where it is unset the other.

        >>> Edit(size=2.0).over(Edit(size=0.5, tilt=3.0)).to_json()
        {'size': 2.0, 'tilt': 3.0}
        """
        return dataclasses.replace(other, **{key: getattr(self, key) for key in self.to_json()})

    @property
    def physical(self) -> "Edit":
        """The part that changes the sound: neither what only mixes it nor what is neutral."""
        idle = {key for key, value in NEUTRAL.items() if getattr(self, key) == value} | {"strength", "time"}
        if self.low is not None and self.low.neutral:
            idle.add("low")
        return dataclasses.replace(self, **dict.fromkeys(idle))

    def applied(self, modes: Modes, onset: Tensor, residual: Residual) -> Physics:
        """The physics of impacts after the edit, in the order of `physics.edits`; differentiable.

        Size leaves the residual as it is. Whose physics it is, `entry`, has been seen to before.

        Shape:
            - Input, output: `[..., mode]` each, `[...]`, `[..., band]` each
        """
        if self.size is not None:
            modes = scale_size(modes, self.size)
        if self.damping is not None:
            modes = scale_damping(modes, self.damping)
        if self.tilt is not None:
            modes = tilt(modes, self.tilt, ABOUT)
        if self.low is not None:
            modes = shift_lowest(modes, self.low.modes, self.low.decibels, self.low.decay)
        if self.residual_level is not None:
            residual = dataclasses.replace(residual, weight=residual.weight * 10 ** (self.residual_level / 20))
        if self.residual_t60 is not None:
            residual = dataclasses.replace(residual, t60=residual.t60 * self.residual_t60)
        return Physics(modes, onset, residual)
