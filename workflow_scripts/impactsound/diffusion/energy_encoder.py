"""The physics latent from what the modes are heard as: their energy in each bin, as time goes by.

    E(bin, t) = sum_k 10^(power_k / 10) exp(-2 lambda_k t) exp(-(bin - f_k)^2 / 2)

with f_k in bins. Two sounds whose modes lie a bin apart share no slot, yet have nearly the same energies; what is
learned from some hundred clips is therefore learned from these.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from impactsound.physics.slots import DECAY_RANGE, POWER_FLOOR

TIMES = (0.0, 0.01, 0.03, 0.08, 0.15)  # s after the onset
FLOOR = -80.0  # dB re a mode of full scale: lower energies look like this one
BAND_SPREAD = 0.3  # about the standard deviation of the residual's parameters, whose middle is 0.5
TINY = 1e-6


class EnergyEncoder(nn.Module):
    """One layer on the energies of the modes and the parameters of the residual, bounded.

    Args:
        n_bins: mode slots, one a bin of the STFT; 0 leave them out.
        residual: kinds (of weight, delay, T60) and bands of the residual's parameters; 0 bands leave it out.
        dim: length of the latent.
    """

    def __init__(self, n_bins: int, residual: Sequence[int], dim: int = 256):
        super().__init__()
        self.mix = nn.Linear(len(TIMES) * n_bins + math.prod(residual), dim)
        self.norm = nn.LayerNorm(dim)  # keeps the tanh from saturating, after which nothing would be learned
        self.register_buffer("energy_mean", torch.zeros(len(TIMES), n_bins))
        self.register_buffer("energy_std", torch.ones(()))

    def standardise(self, slots: Tensor) -> None:
        """Take the mean of every energy and the spread of all from the training clips' slots, `[clip, 3, bin]`."""
        energy = modal_energy(slots)
        self.energy_mean.copy_(energy.mean(dim=0))
        self.energy_std.copy_((energy - self.energy_mean).square().mean().sqrt().clamp(min=TINY))

    def forward(self, slots: Tensor, residual: Tensor) -> Tensor:
        """Encode.

        Args:
            slots: frequency, power and decay of each slot, each scaled to [-1, 1].
            residual: the parameters of each noise band, scaled to [0, 1].

        Shape:
            - Input: `[clip, 3, bin]`, `[clip, kind, band]`
            - Output: `[clip, dim]` in (-1, 1)
        """
        energy = (modal_energy(slots) - self.energy_mean) / self.energy_std
        bands = (residual - 0.5) / BAND_SPREAD
        return torch.tanh(self.norm(self.mix(torch.cat([energy.flatten(1), bands.flatten(1)], dim=1))))


def modal_energy(slots: Tensor, times: Sequence[float] = TIMES) -> Tensor:
    """Energy of the modes in each bin at some times, in dB from `FLOOR` to 0, scaled to [0, 1] (above, if they add up).

    Args:
        slots: as `physics.slots.normalise` gives them; the offset, of half a bin at most, is left out.
        times: s after the onset.

    Shape:
        - Input: `[clip, 3, bin]`
        - Output: `[clip, time, bin]`
    """
    _, power, place = slots.unbind(dim=1)
    slow, fast = DECAY_RANGE
    decay = slow * (fast / slow) ** ((place + 1) / 2)
    energy = torch.where(power > -1, 10 ** ((1 - power) / 20 * POWER_FLOOR), 0.0)
    elapsed = torch.tensor(times, device=slots.device)[:, None]
    energy = energy[:, None] * torch.exp(-2 * decay[:, None] * elapsed)
    bins = torch.arange(slots.shape[-1], device=slots.device)
    heard = torch.exp(-(bins[:, None] - bins).square() / 2)
    return 1 - 10 * torch.log10(energy @ heard + 10 ** (FLOOR / 10)) / FLOOR
