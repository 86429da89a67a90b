"""JSON that people write or edit: every member is checked, and a fault is one line that names file and place."""

import difflib
import json
import math
import reprlib
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from impactsound.errors import InputError
from impactsound.given import read_text

LARGEST = 1 << 28  # bytes of a file; the hits of an evening


class Members:
    """The members of a JSON object; every reader raises an InputError that names the one at fault.

    Args:
        value: the object.
        place: what an error calls it, such as "edits.json: hit 3"; joint: what stands between this and a member's name.

    >>> Members({"size": 2}, "edits.json: hit 3: edit").number("size", 0.25, 4)
    2.0
    """

    def __init__(self, value: object, place: str, joint: str = "."):
        if not isinstance(value, Mapping):
            raise InputError(f"{place} is {reprlib.repr(value)}: give an object, as {{...}}")
        self.row, self.place, self.joint = value, place, joint

    def __contains__(self, key: str) -> bool:
        return key in self.row

    def name(self, key: str) -> str:
        """What an error calls a member."""
        return f"{self.place}{self.joint}{key}"

    def only(self, known: Collection[str]) -> "Members":
        """Itself, having none but these members."""
        for key in self.row:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
                raise InputError(f"{self.place}: unknown key {reprlib.repr(key)}; {hint}")
        return self

    def of(self, key: str) -> object:
        """A member as it is."""
        if key not in self.row:
            raise InputError(f"{self.place}: {key!r} is missing")
        return self.row[key]

    def number(self, key: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number from low to high, both included."""
        return number(self.of(key), self.name(key), low, high)

    def integer(self, key: str, low: float = 0, high: float = math.inf) -> int:
        """A whole number from low to high, both included."""
        value = self.number(key, low, high)
        if value != int(value):
            raise InputError(f"{self.name(key)} = {value}: give a whole number{_range(low, high)}")
        return int(value)

    def text(self, key: str) -> str:
        """A text that is not empty."""
        value = self.of(key)
        if not (isinstance(value, str) and value):
            raise InputError(f"{self.name(key)} = {reprlib.repr(value)}: give a text")
        return value

    def boolean(self, key: str) -> bool:
        """True or false."""
        value = self.of(key)
        if not isinstance(value, bool):
            raise InputError(f"{self.name(key)} = {reprlib.repr(value)}: give true or false")
        return value

    def items(self, key: str) -> list:
        """A list."""
        value = self.of(key)
        if not isinstance(value, list):
            raise InputError(f"{self.name(key)} is {reprlib.repr(value)}: give a list, as [...]")
        return value

    def numbers(self, key: str, low: float = -math.inf, high: float = math.inf) -> list[float]:
        """A list of finite numbers from low to high, both included."""
        return [number(value, f"{self.name(key)}[{place}]", low, high) for place, value in enumerate(self.items(key))]

    def object(self, key: str) -> "Members":
        """The members of a member."""
        return Members(self.of(key), self.name(key))


def read_object(path: str | Path) -> Members:
    """The JSON object that a file holds."""
    text = read_text(path, "give a file of JSON", LARGEST)
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not readable as JSON ({error})") from error
    return Members(found, str(path), ": ")


def number(value: object, name: str, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number from low to high, both included."""
    finite = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
    if not (finite and low <= value <= high):
        raise InputError(f"{name} = {reprlib.repr(value)}: give a number{_range(low, high)}")
    return float(value)


def _range(low: float, high: float) -> str:
    if high < math.inf:
        return f" from {low:g} to {high:g}"
    return f" of at least {low:g}" if low > -math.inf else ""


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no number of JSON")
