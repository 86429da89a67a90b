"""Blocks of modes that are neighbours in frequency.

Modes far apart hardly know of each other: what needs a matrix over all modes is done in blocks, each with a margin of
modes beside it that are taken into account and whose own results are left to the blocks they belong to.
"""

import math

import torch
from torch import Tensor

OWN, MARGIN = 16, 4  # modes of a block, and those beside it on either side


class Neighbours:
    """Which modes stand together in a block.

    Args:
        frequency: any measure of it, `[clip, mode]`; used: modes that there are.
    """

    def __init__(self, frequency: Tensor, used: Tensor):
        self.count = frequency.shape[-1]
        self.order = torch.where(used, frequency, torch.inf).argsort(-1)
        self.back = self.order.argsort(-1)
        starts = torch.arange(math.ceil(self.count / OWN), device=frequency.device) * OWN - MARGIN
        place = starts[:, None] + torch.arange(OWN + 2 * MARGIN, device=frequency.device)
        self.place = place.clamp(0, self.count - 1)
        self.used = self.part(used) & (place == self.place)

    def part(self, values: Tensor) -> Tensor:
        """Values of modes, `[clip, mode]`, by block and member, `[clip, block, member]`."""
        return values.gather(-1, self.order)[:, self.place]

    def join(self, parts: Tensor) -> Tensor:
        """Values by block and member, `[..., block, member]`, as those of modes, `[..., mode]`, margins left out."""
        values = parts[..., MARGIN : MARGIN + OWN].flatten(-2)[..., : self.count]
        return values.gather(-1, self.back.expand_as(values))
