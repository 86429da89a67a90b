"""What an edit can turn: its keys, their ranges and units, as the page's sliders show them."""

from collections.abc import Mapping
from dataclasses import dataclass

from impactsound.dubbing.edit import LOW_RANGES, RANGES

LIMITS = {**RANGES, **{f"low.{key}": ends for key, ends in LOW_RANGES.items()}}


@dataclass(frozen=True)
class Control:
    """A slider.

    key: of the edit ("low.decay" is `decay` of `low`), neutral: the value that changes nothing, step: of the number
    beside the slider, factor: moves by ratios rather than by differences, hint: what turning it does.
    """

    key: str
    label: str
    unit: str
    low: float
    high: float
    neutral: float
    step: float
    factor: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Group:
    """Sliders that belong together."""

    title: str
    controls: tuple[Control, ...]


def groups(duration: float, most_modes: int) -> tuple[Group, ...]:
    """All sliders for a video of `duration` s, whose hits have up to `most_modes` modes."""
    return (
        Group(
            "Object",
            (
                _control("size", "Size", "×", 1, 0.01, True, "smaller is higher, larger is lower"),
                _control("damping", "Damping", "×", 1, 0.01, True, "less rings longer, more is duller"),
                _control("tilt", "Brightness", "dB/oct", 0, 0.1, hint="darker or brighter, about 1 kHz"),
            ),
        ),
        Group(
            "Lowest modes",
            (
                _control("low.modes", "How many", "modes", 0, 1, most=most_modes),
                _control("low.decibels", "Power", "dB", 0, 0.5),
                _control("low.decay", "Decay", "×", 1, 0.01, True, "less rings longer"),
            ),
        ),
        Group(
            "Residual",
            (
                _control("residual_level", "Level", "dB", 0, 0.5, hint="the noise of contact and room"),
                _control("residual_t60", "T60", "×", 1, 0.01, True, "shorter or longer"),
            ),
        ),
        Group(
            "In the mix",
            (
                _control("strength", "Strength", "dB", 0, 0.5),
                Control("time", "Time", "s", 0, duration, 0, 0.001),
            ),
        ),
    )


def _control(
    key: str, label: str, unit: str, neutral: float, step: float, factor: bool = False, hint: str = "", most: float = 0
) -> Control:
    """A slider over an edit's range, or up to `most` of it."""
    low, high = LIMITS[key]
    return Control(key, label, unit, low, most or high, neutral, step, factor, hint)


def limits(duration: float) -> Mapping[str, tuple[float, float]]:
    """The range of every key, both ends included, for a video of `duration` s."""
    return {**LIMITS, "time": (0, duration)}
