"""How well estimated modes agree with the true ones.

Conventions: the true modes come first. A mode is the pole f + i lambda / (2 pi), in Hz, and modes are as far apart as
their poles, so that neighbours in frequency may still be told apart by their decays. Unused slots (power -inf) match
nothing. Modes have any number of leading axes, the same for both; figures are pooled over all of them. Only true modes
that count, by a mask, enter recall and errors; to ask for none at all is a ValueError, as are shapes that do not
fit and fields that are not numbers, never a nan. Errors are 0 for equal modes; where none is matched they are
infinite. Recall and the spurious share lie in [0, 1]; where nothing loud is found nothing is spurious.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from impactsound.physics.modes import Modes

LOUD = 20.0  # dB under the loudest true mode of a clip: found modes above this must be true


@dataclass(frozen=True)
class ModalScores:
    """Pooled over clips; the errors are medians of absolute values over the matched modes that count.

    recall: share of the modes that count; frequency_error: Hz; t60_error: re the true T60; power_error: dB;
    spurious: share of the loud found modes that no true mode is matched with.
    """

    recall: float
    frequency_error: float
    t60_error: float
    power_error: float
    spurious: float


def match_modes(truth: Modes, found: Modes, tolerance: Tensor) -> Tensor:
    """The index of the found mode that each true mode is matched with, or -1: mutual nearest neighbours.

    No found mode is matched twice.

    Args:
        tolerance: Hz, greatest distance of the poles of a match; broadcast against the true modes.

    Shape:
        - Input: `[..., mode]`, `[..., found mode]`, `[..., mode]`
        - Output: `[..., mode]`

    Example:
        >>> truth = Modes(*(torch.tensor(v) for v in ([440.0, 880.0], [0.0, 0.0], [9.0, 9.0], [0.0, 0.0])))
        >>> found = Modes(*(torch.tensor(v) for v in ([881.0, 441.0, 439.9], [0.0] * 3, [9.0] * 3, [0.0] * 3)))
        >>> match_modes(truth, found, torch.tensor(0.5)).tolist()
        [2, -1]
    """
    _validate(truth, found)
    distance = _distance(truth, found)
    if distance.shape[-1] == 0 or distance.shape[-2] == 0:
        return torch.full_like(distance.sum(-1), -1, dtype=torch.long)
    nearest_found = distance.argmin(-1)
    nearest_true = distance.argmin(-2)
    mutual = nearest_true.gather(-1, nearest_found) == torch.arange(distance.shape[-2], device=distance.device)
    gap = distance.amin(-1)
    return torch.where(mutual & (gap <= tolerance) & gap.isfinite(), nearest_found, -1)


def pole_gap(modes: Modes) -> Tensor:
    """Hz from each mode's pole to the nearest other one of its clip, `[..., mode]`; infinite for one alone."""
    _validate(modes, modes)
    distance = _distance(modes, modes)
    itself = torch.eye(distance.shape[-1], dtype=torch.bool, device=distance.device)
    nothing = distance.new_full((*distance.shape[:-1], 1), torch.inf)
    return torch.cat([distance.masked_fill(itself, torch.inf), nothing], dim=-1).amin(-1)


def aligned(found: Modes, index: Tensor) -> Modes:
    """The found modes in the true ones' order, `[..., mode]` each; nan where the index is -1."""
    fields = (found.frequency, found.power, found.decay, found.phase)
    if found.power.shape[-1] == 0:
        return Modes(*(torch.full_like(index, torch.nan, dtype=field.dtype) for field in fields))
    return Modes(*(field.gather(-1, index.clamp_min(0)).masked_fill(index < 0, torch.nan) for field in fields))


def modal_scores(truth: Modes, found: Modes, index: Tensor, counted: Tensor) -> ModalScores:
    """All the scores of found modes.

    Args:
        index: of the found mode that each true mode is matched with, from `match_modes`.
        counted: the true modes that must be found.

    Shape:
        - Input: `[..., mode]`, `[..., found mode]`, `[..., mode]`, `[..., mode]`
    """
    _validate(truth, found)
    if index.shape != truth.power.shape or counted.shape != truth.power.shape or counted.dtype != torch.bool:
        raise ValueError(f"index {tuple(index.shape)} and mask {tuple(counted.shape)} are not of the true modes")
    if (counted & ~_used(truth)).any():
        raise ValueError("unused slots cannot count")
    if not counted.any():
        raise ValueError("there are no modes that count")
    matched = counted & (index >= 0)
    pair = aligned(found, index)
    t60_ratio = (truth.decay / pair.decay).masked_fill(truth.decay == pair.decay, 1.0)  # also where both are 0
    return ModalScores(
        recall=(matched.sum() / counted.sum()).item(),
        frequency_error=_median((pair.frequency - truth.frequency).abs()[matched]),
        t60_error=_median((t60_ratio - 1).abs()[matched]),
        power_error=_median((pair.power - truth.power).abs()[matched]),
        spurious=spurious_share(truth, found, index),
    )


def spurious_share(truth: Modes, found: Modes, index: Tensor) -> float:
    """Share of the found modes less than `LOUD` under the clip's loudest true mode that no true mode is matched with.

    Where a clip has no true mode all that is found in it is spurious.
    """
    taken = torch.zeros_like(found.power, dtype=torch.bool)
    taken = torch.cat([taken, taken.new_zeros(*taken.shape[:-1], 1)], dim=-1)  # unmatched modes take the last slot
    taken = taken.scatter(-1, index.where(index >= 0, taken.shape[-1] - 1), True)[..., :-1]
    silence = truth.power.new_full((*truth.power.shape[:-1], 1), -torch.inf)
    loudest = torch.cat([truth.power, silence], dim=-1).amax(-1, keepdim=True)
    loud = _used(found) & (found.power > loudest - LOUD)
    return (loud & ~taken).sum().item() / max(1, loud.sum().item())


def _distance(one: Modes, other: Modes) -> Tensor:
    """Hz between the poles of every pair, `[..., mode of one, mode of other]`; infinite for unused slots."""
    frequency = one.frequency[..., :, None] - other.frequency[..., None, :]
    decay = one.decay[..., :, None] - other.decay[..., None, :]
    both = _used(one)[..., :, None] & _used(other)[..., None, :]
    return torch.hypot(frequency, decay / (2 * math.pi)).masked_fill(~both, torch.inf)


def _used(modes: Modes) -> Tensor:
    return modes.power > -torch.inf


def _median(values: Tensor) -> float:
    if len(values) == 0:
        return math.inf
    order = values.sort().values  # torch.quantile makes infinite ones a nan
    return ((order[(len(order) - 1) // 2] + order[len(order) // 2]) / 2).item()


def _validate(truth: Modes, found: Modes) -> None:
    if truth.power.shape[:-1] != found.power.shape[:-1]:
        raise ValueError(f"true {tuple(truth.power.shape)} and found {tuple(found.power.shape)} modes differ in clips")
    for modes in (truth, found):
        if not (modes.frequency.isfinite().all() and modes.decay.isfinite().all()) or modes.power.isnan().any():
            raise ValueError("frequencies, decays or powers are not numbers")
