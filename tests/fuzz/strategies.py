"""How inputs are drawn: files that are cut, flipped and swapped, and trees of JSON or YAML with odd members."""

import copy
import struct
from collections.abc import Mapping, Sequence

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

UNCHECKED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
HEAD = 4096  # bytes in which a container says what it is
ABSURD = [0, 1, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
NUMBERS = [0, -0.0, -1, 1, 2, 3, 7, 0.5, 1e-320, 1e-6, 999, 1e6, 1e18, 1e40, 1e308, -1e308, 2**31, 2**63, 10**30]
STRANGE = [None, True, False, "", "a", "x" * 500, "\0", "a\nb", "\x1b[2J", "\u202e", "../../x", "/etc/passwd", [], {}]
STRANGE += [
    [[]],
    [1, "a"],
    {"a": 1},
    {"": None},
    ["../x"],
    float("inf"),
    float("nan"),
    "{wildcards.x}",
    "$(id)",
    "`id`",
]


def examples(count: int):
    """Settings of a test: so many inputs, the same at every run, none kept; one that fails is not made smaller."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=UNCHECKED,
    )


class Content(bytes):
    """Bytes that a failure does not print."""

    def __repr__(self):
        return f"<{len(self)} bytes>"


@st.composite
def damaged(draw, whole: bytes) -> bytes:
    """The bytes of a file after one to three damages."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        data = draw(st.sampled_from(DAMAGES))(draw, data)
    return Content(data)


def place(draw, data: bytearray) -> int:
    """Where a file is damaged: mostly near an end, where containers are described."""
    last = max(len(data) - 1, 0)
    near = min(last, HEAD)
    return draw(st.one_of(st.integers(0, near), st.integers(last - near, last), st.integers(0, last)))


def cut(draw, data: bytearray) -> bytearray:
    """All from some byte on is lost."""
    return data[: place(draw, data)]


def flipped(draw, data: bytearray) -> bytearray:
    """Some bits are others."""
    for _ in range(draw(st.integers(1, 12))):
        if data:
            data[place(draw, data)] ^= 1 << draw(st.integers(0, 7))
    return data


def zeroed(draw, data: bytearray) -> bytearray:
    """A block is zero."""
    start = place(draw, data)
    end = min(len(data), start + draw(st.sampled_from([1, 4, 64, 512, 4096, 65536])))
    data[start:end] = bytes(end - start)
    return data


def swapped(draw, data: bytearray) -> bytearray:
    """Two blocks change places."""
    size = draw(st.sampled_from([4, 188, 512, 4096]))
    one, other = sorted((place(draw, data), place(draw, data)))
    return (
        data[:one]
        + data[other : other + size]
        + data[one + size : other]
        + data[one : one + size]
        + data[other + size :]
    )


def absurd(draw, data: bytearray) -> bytearray:
    """A length, a count or a rate says what cannot be, in either order of bytes."""
    start, kind, value = (
        place(draw, data),
        draw(st.sampled_from(["<I", ">I", "<H", ">H", ">Q"])),
        draw(st.sampled_from(ABSURD)),
    )
    data[start : start + struct.calcsize(kind)] = struct.pack(kind, value % (1 << 16) if kind.endswith("H") else value)
    return data


def doubled(draw, data: bytearray) -> bytearray:
    """A part comes twice."""
    start = place(draw, data)
    return data[:start] + data[: start + draw(st.sampled_from([1, 100, 5000]))] + data[start:]


def filled(draw, data: bytearray) -> bytearray:
    """Bytes of nobody's in between."""
    start = place(draw, data)
    return data[:start] + draw(st.binary(min_size=1, max_size=64)) + data[start:]


DAMAGES = (cut, flipped, zeroed, swapped, absurd, doubled, filled)

scalars = st.one_of(
    st.sampled_from([*NUMBERS, *map(str, NUMBERS)]),
    st.sampled_from(STRANGE),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
)


@st.composite
def mutated(draw, tree: Mapping, keys: Sequence[str] = ()) -> dict:
    """A tree of mappings and lists in which one to four members are others, absent, or more.

    Args:
        keys: further names that a member may be given.
    """
    tree = copy.deepcopy(dict(tree))
    for _ in range(draw(st.integers(1, 4))):
        holder, key = draw(st.sampled_from(_members(tree) or [(tree, "a")]))
        how = draw(st.integers(0, 9))
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, dict):
            holder[draw(st.one_of(st.sampled_from(["a", "", "a\nb", *keys]), st.text(max_size=8)))] = draw(scalars)
        elif how == 2 and isinstance(holder, list):
            holder.extend(copy.deepcopy(holder[:3]))
        elif how == 3:
            other, name = draw(st.sampled_from(_members(tree) or [(holder, key)]))
            holder[key] = copy.deepcopy(other[name])
        else:
            holder[key] = draw(scalars)
    return tree


def _members(tree: object) -> list[tuple[dict | list, object]]:
    """Every member of a tree as what holds it, and its key or place."""
    found, todo = [], [tree]
    while todo:
        holder = todo.pop()
        inner = holder.items() if isinstance(holder, dict) else enumerate(holder)
        for key, value in inner:
            found.append((holder, key))
            if isinstance(value, dict | list):
                todo.append(value)
    return found
