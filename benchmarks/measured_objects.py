"""Recall of the published modes of 85 measured objects (Traer, Cusimano & McDermott 2019), rendered without noise."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from ceiling import ROUNDING, SIXTEEN_BIT, resolvable, unit_pole_std
from rows import Row
from systems import N_SAMPLES, OURS, RATE, SYSTEMS
from torch import Tensor
from torch.nn.functional import pad

from impactsound.evaluation.modal import match_modes, modal_scores
from impactsound.physics.modes import Modes, render_modes
from impactsound.progress import progress

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "tdw_modes"
MAX_MODES = 512  # the densest set has 475
LOUDEST = -20.0  # dB, after normalisation
RANGE = 30.0  # dB under the loudest that modes are asked for
SHORTEST = 0.02  # seconds of T60 that modes are asked for
DENSE = 200  # modes: the sets have 10, or this and more

CAPTION = f"""\
The published modes of measured objects, rendered without noise, {N_SAMPLES / RATE} s at {RATE / 1000} kHz, phases 0,
the loudest at {LOUDEST:g} dB. Many of the 85 sets are copies of each other: figures are given for the distinct ones and
for all. Asked for are the modes within {RANGE:g} dB of the loudest whose T60 is {1000 * SHORTEST:g} ms or more, of at
most {MAX_MODES} found. Matched are mutual nearest neighbours among the poles f + i lambda / (2 pi) within
1 Hz + 0.1 lambda / (2 pi). The dense sets have {DENSE} modes and more, with a median spacing of 2 to 7 Hz.

The resolvable share is that of the modes asked for whose Cramer-Rao deviation is at most half of that tolerance and a
quarter of the distance to the nearest other true pole: with the rounding of float64 ({ROUNDING:g}) as the only noise,
where the bound itself is at the end of its precision and the share rather too high, and with that of 16 bit.

Targets (of {OURS}): recall >= 0.9, as the mean over sets and over all modes; median T60 error <= 3 %. Of the dense sets
the bound leaves less than that to find."""


@dataclass(frozen=True)
class ObjectRow(Row):
    sets: str
    system: str
    n_sets: int
    n_modes: int
    resolvable_float64: float
    resolvable_16_bit: float
    mean_recall: float
    pooled_recall: float
    T60_error: float
    spurious: float

    def misses(self) -> set[str]:
        if self.system != OURS:
            return set()
        kept = {
            "mean_recall": self.mean_recall >= 0.9,
            "pooled_recall": self.pooled_recall >= 0.9,
            "T60_error": self.T60_error <= 0.03,
        }
        return {name for name, fine in kept.items() if not fine}


@dataclass(frozen=True)
class Objects:
    """Sets of modes: the modes and masks are `[set, mode]`."""

    kind: str
    truth: Modes
    resolvable_float64: Tensor
    resolvable_16_bit: Tensor

    @property
    def asked(self) -> Tensor:
        return (self.truth.power > LOUDEST - RANGE) & (self.truth.t60 >= SHORTEST)

    def picked(self, kind: str, sets: Tensor | slice) -> "Objects":
        return Objects(kind, _picked(self.truth, sets), self.resolvable_float64[sets], self.resolvable_16_bit[sets])


def object_rows() -> list[ObjectRow]:
    """Sparse and dense sets, the distinct ones and all, and all together, by every system; none without the sets."""
    copies = Counter(_read(path) for path in sorted(FOLDER.glob("*.json")))
    kinds = {
        "ten modes": {one: count for one, count in copies.items() if len(one) < DENSE},
        "dense": {one: count for one, count in copies.items() if len(one) >= DENSE},
    }
    rows, every = [], {system: [] for system in SYSTEMS}
    for kind, sets in progress([(kind, sets) for kind, sets in kinds.items() if sets], "objects"):
        objects, again = _objects(kind, sets), torch.arange(len(sets)).repeat_interleave(torch.tensor([*sets.values()]))
        sound = render_modes(objects.truth, N_SAMPLES, RATE)
        for system, estimate in SYSTEMS.items():
            found = estimate(sound, RATE, MAX_MODES)
            all_of_it = objects.picked(f"{kind}, all", again), _picked(found, again)
            rows += [_row(system, objects.picked(f"{kind}, distinct", slice(None)), found), _row(system, *all_of_it)]
            every[system].append(all_of_it)
    return rows + [_row(system, *_together(parts)) for system, parts in every.items() if parts]


def _together(parts: list[tuple[Objects, Modes]]) -> tuple[Objects, Modes]:
    """Objects of several kinds, and what was found of them, with unused slots where one has fewer than another."""
    objects, found = zip(*parts, strict=True)
    sharp = (
        _joined([getattr(one, name) for one in objects], False) for name in ("resolvable_float64", "resolvable_16_bit")
    )
    return Objects("every set", _joined_modes([one.truth for one in objects]), *sharp), _joined_modes(list(found))


def _joined_modes(parts: list[Modes]) -> Modes:
    empty = {"frequency": 0.0, "power": -math.inf, "decay": 0.0, "phase": 0.0}
    return Modes(**{name: _joined([getattr(part, name) for part in parts], value) for name, value in empty.items()})


def _joined(parts: list[Tensor], value: float) -> Tensor:
    most = max(part.shape[-1] for part in parts)
    return torch.cat([pad(part, (0, most - part.shape[-1]), value=value) for part in parts])


def _read(path: Path) -> tuple[tuple[float, float, float], ...]:
    """Frequency in Hz, power in dB and T60 in s of each mode."""
    content = json.loads(path.read_text())
    return tuple(zip(content["cf"], content["op"], content["rt"], strict=True))


def _objects(kind: str, sets: Iterable[tuple]) -> Objects:
    truth = _stack(list(sets))
    pole_std = torch.stack([unit_pole_std(_picked(truth, number)) for number in range(len(truth.power))])
    can = [resolvable(truth, noise * pole_std, _tolerance(truth)) for noise in (ROUNDING, SIXTEEN_BIT)]
    return Objects(kind, truth, *can)


def _tolerance(truth: Modes) -> Tensor:
    """Hz, greatest distance of a match."""
    return 1 + 0.1 * truth.decay / (2 * math.pi)


def _stack(sets: list[tuple]) -> Modes:
    """Sets as normalised modes `[set, mode]`, padded with unused slots."""
    most = max(len(one) for one in sets)
    fields = [torch.tensor(one, dtype=torch.float64).T for one in sets]
    padding = [(0, most - field.shape[1]) for field in fields]
    frequency = torch.stack([pad(field[0], size) for field, size in zip(fields, padding, strict=True)])
    power = torch.stack([pad(field[1], size, value=-math.inf) for field, size in zip(fields, padding, strict=True)])
    decay = torch.stack([pad(math.log(1000) / field[2], size) for field, size in zip(fields, padding, strict=True)])
    return Modes(frequency, power - power.amax(-1, keepdim=True) + LOUDEST, decay, torch.zeros_like(decay))


def _picked(modes: Modes, sets: Tensor | slice | int) -> Modes:
    return Modes(modes.frequency[sets], modes.power[sets], modes.decay[sets], modes.phase[sets])


def _row(system: str, objects: Objects, found: Modes) -> ObjectRow:
    index, asked = match_modes(objects.truth, found, _tolerance(objects.truth)), objects.asked
    scores = modal_scores(objects.truth, found, index, asked)
    recall = (asked & (index >= 0)).sum(-1) / asked.sum(-1)
    return ObjectRow(
        sets=objects.kind,
        system=system,
        n_sets=len(asked),
        n_modes=int(asked.sum()),
        resolvable_float64=objects.resolvable_float64[asked].double().mean().item(),
        resolvable_16_bit=objects.resolvable_16_bit[asked].double().mean().item(),
        mean_recall=recall.double().mean().item(),
        pooled_recall=scores.recall,
        T60_error=scores.t60_error,
        spurious=scores.spurious,
    )
