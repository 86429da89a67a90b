"""The modes as a network sees them: one slot per STFT bin, after Su et al. 2023 (arXiv 2303.16897).

Where several modes share a bin the loudest is kept. A slot holds offset from the bin's centre (Hz), power (dB) and
decay (1/s); a bin without a mode holds (0, -inf, 0).
"""

import math

import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.physics.modes import Modes

POWER_FLOOR = -80.0  # dB re full scale: quieter modes look like this one
DECAY_RANGE = (1.0, 1000.0)  # 1/s: T60 of 6.9 s to 6.9 ms; slower or faster modes look like the ends


def to_slots(modes: Modes, clip: Clip) -> Tensor:
    """Offset (Hz), power (dB) and decay (1/s) of the loudest mode whose frequency rounds to each bin.

    Shape:
        - Input: `[..., mode]` each
        - Output: `[..., 3, bin]`

    Example:
        >>> modes = Modes(*(torch.tensor(v) for v in ([440.0, 441.0], [-20.0, -6.0], [5.0, 8.0], [0.0, 0.0])))
        >>> to_slots(modes, Clip(sample_rate=16000, n_fft=160))[:, 4].tolist()
        [41.0, -6.0, 8.0]
    """
    order = modes.power.argsort(dim=-1, stable=True)
    frequency, power, decay = (field.gather(-1, order) for field in (modes.frequency, modes.power, modes.decay))
    nearest = (frequency / clip.bin_width).round()
    heard = (power > -torch.inf) & (nearest >= 0) & (nearest < clip.n_bins)
    bins = torch.where(heard, nearest, clip.n_bins).long()  # the rest go to a bin beyond the last
    # Where modes collide the last in the order, the loudest, must win; a scatter promises no order, amax does.
    rank = torch.arange(bins.shape[-1], device=bins.device).expand_as(bins)
    winner = torch.full((*bins.shape[:-1], clip.n_bins + 1), -1, device=bins.device)
    winner = winner.scatter_reduce(-1, bins, rank, "amax")[..., : clip.n_bins]
    taken, index = winner >= 0, winner.clamp_min(0)
    offset = frequency - nearest * clip.bin_width
    empty = (0.0, -torch.inf, 0.0)
    fields = [
        field.gather(-1, index).masked_fill(~taken, value)
        for field, value in zip((offset, power, decay), empty, strict=True)
    ]
    return torch.stack(fields, dim=-2)


def normalise(slots: Tensor, clip: Clip) -> Tensor:
    """Slots as network inputs in [-1, 1].

    The offset is linear over the bin, the power linear in dB from `POWER_FLOOR` to 0 dB, and the decay linear in
    its logarithm over `DECAY_RANGE`, slow at -1. A bin without a mode is 0 in offset and -1 in power and decay.

    Shape:
        - Input: `[..., 3, bin]`
        - Output: `[..., 3, bin]`
    """
    offset, power, decay = slots.unbind(-2)
    low, high = (math.log(value) for value in DECAY_RANGE)
    place = (decay.clamp(*DECAY_RANGE).log() - low) / (high - low)
    return torch.stack(
        [
            (offset / (clip.bin_width / 2)).clamp(-1, 1),
            1 - 2 * power.clamp(POWER_FLOOR, 0.0) / POWER_FLOOR,
            2 * place - 1,
        ],
        dim=-2,
    )
