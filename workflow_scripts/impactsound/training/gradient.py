"""The gradient of a step's batch, which is shared out to devices and to what fits into their memory.

A device sums the gradients of its shares and the devices sum theirs, each weighted by its clips, so that the step is
that of the whole batch up to rounding. Only what looks at a whole share differs: batch normalisation takes the mean
and variance of the share.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from impactsound.memory import in_batches
from impactsound.seeds import generator, seed_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric  # takes seconds


@dataclass(frozen=True)
class Batch:
    """A step's batch, or a share of it.

    step: counted from 0; rows: numbers of the training clips in this share, on the CPU; part: the share's place in the
    whole batch; data: what was read of these clips, if `fit` was given a `read`, clips first. What is drawn at random
    is drawn for the whole batch of `Training.batch` and cut by `part`, so that it does not depend on how the batch is
    shared out.

    >>> whole = Batch(0, torch.arange(10, 18), slice(0, 8))
    >>> whole[4:8][1:3]
    Batch(step=0, rows=tensor([15, 16]), part=slice(5, 7, None), data=None)
    """

    step: int
    rows: Tensor
    part: slice
    data: Tensor | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, places: slice) -> "Batch":
        part = range(self.part.start, self.part.stop)[places]
        data = None if self.data is None else self.data[places]
        return Batch(self.step, self.rows[places], slice(part.start, part.stop), data)


Loss = Callable[[nn.Module, Batch], Tensor]  # -> the mean loss of a share


def batch_rows(n: int, batch: int, step: int, *seed: object) -> Tensor:
    """Row numbers of a step's batch: epochs are seeded shufflings of `range(n)`, laid end to end."""
    position = torch.arange(step * batch, (step + 1) * batch)
    epochs = range(int(position[0]) // n, int(position[-1]) // n + 1)
    order = torch.cat([torch.randperm(n, generator=generator(*seed, "epoch", epoch)) for epoch in epochs])
    return order[position - epochs[0] * n]


class Gradient:
    """Works out the gradient of a step, in shares that get smaller when they do not fit into memory.

    Args:
        whole: clips in a step's batch, of all devices.
        seed: parts that seed what the network draws by itself, such as dropout.
    """

    def __init__(self, fabric: "Fabric", network: nn.Module, loss: Loss, whole: int, seed: Sequence[object]):
        self.fabric, self.network, self.loss, self.whole, self.seed = fabric, network, loss, whole, seed
        self.parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.at_once = whole

    def mine(self) -> slice:
        """This device's part of a step's batch."""
        rank, devices = self.fabric.global_rank, self.fabric.world_size
        return slice(self.whole * rank // devices, self.whole * (rank + 1) // devices)

    def __call__(self, batch: Batch) -> Tensor:
        """Give the parameters their gradients; returns the mean loss of the whole batch.

        Args:
            batch: this device's part.

        Raises:
            InputError: a single clip does not fit into memory.
        """
        self.network.train()
        sums, longest = None, 0
        for clips, found in in_batches(self._share, batch, self.at_once):
            longest = max(longest, clips)
            sums = found if sums is None else torch._foreach_add(sums, found)
        self.at_once = longest
        value, *gradients = self._over_devices(sums)
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        return value

    def _share(self, share: Batch) -> tuple[int, list[Tensor]]:
        """The clips of a share, and its part of the loss and of the gradients; a parameter not used has one of 0."""
        torch.manual_seed(seed_of(*self.seed, "step", share.step) + share.part.start)
        with self.fabric.autocast():
            value = self.loss(self.network, share) * (len(share) / self.whole)
        return len(share), [value.detach(), *torch.autograd.grad(value, self.parameters, materialize_grads=True)]

    def _over_devices(self, found: list[Tensor]) -> list[Tensor]:
        """The sum over all devices, in one message."""
        if self.fabric.world_size == 1:
            return found
        flat = torch.cat([part.flatten() for part in found])
        torch.distributed.all_reduce(flat)  # Fabric's own would wait for the devices first
        parts = flat.split([part.numel() for part in found])
        return [part.view_as(like) for part, like in zip(parts, found, strict=True)]
