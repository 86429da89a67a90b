"""The physics latent: modal and residual parameters of a sound, as the denoiser is told them."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

SLOT_DIM, BAND_DIM = 64, 32  # features of each modal and each residual parameter
BAND_HIDDEN = 64
TINY = 1e-6
PRELU_SLOPE = 0.25


class PhysicsEncoder(nn.Module):
    """One MLP each for frequency, power, decay and for each kind of the residual's parameters, and a layer that mixes.

    Args:
        n_bins: mode slots, one a bin of the STFT; 0 leave them out.
        residual: kinds (of weight, delay, T60) and bands of the residual's parameters; 0 bands leave it out.
        dim: length of the latent.
        hidden: width of the modal MLPs (512 in the paper).
    """

    def __init__(self, n_bins: int, residual: Sequence[int], dim: int = 256, hidden: int = 512):
        super().__init__()
        self.slots = nn.ModuleList(_mlp(n_bins, hidden, hidden, hidden, SLOT_DIM) for _ in range(3 if n_bins else 0))
        kinds, bands = residual
        heard = kinds if bands else 0
        self.bands = nn.ModuleList(_mlp(bands, BAND_HIDDEN, BAND_HIDDEN, BAND_DIM) for _ in range(heard))
        self.mix = nn.Linear(len(self.slots) * SLOT_DIM + len(self.bands) * BAND_DIM, dim)
        self.norm = nn.LayerNorm(dim)  # keeps the tanh from saturating, after which nothing would be learned
        self.register_buffer("slot_mean", torch.zeros(3, n_bins))
        self.register_buffer("slot_std", torch.ones(3, 1))

    def standardise(self, slots: Tensor) -> None:
        """Take the mean of every slot and the spread of each kind of parameter from the training clips.

        Most slots of a sound are empty: of the raw values, `[clip, 3, bin]`, hardly anything would vary.
        """
        self.slot_mean.copy_(slots.mean(dim=0))
        self.slot_std.copy_((slots - self.slot_mean).square().mean(dim=(0, 2))[:, None].sqrt().clamp(min=TINY))

    def forward(self, slots: Tensor, residual: Tensor) -> Tensor:
        """Encode.

        Args:
            slots: frequency, power and decay of each slot, each scaled to [-1, 1].
            residual: the parameters of each noise band, scaled to [0, 1].

        Shape:
            - Input: `[clip, 3, bin]`, `[clip, kind, band]`
            - Output: `[clip, dim]` in (-1, 1)
        """
        slots = (slots - self.slot_mean) / self.slot_std
        parts = [mlp(slots[:, row]) for row, mlp in enumerate(self.slots)]
        parts += [mlp(residual[:, row]) for row, mlp in enumerate(self.bands)]
        return torch.tanh(self.norm(self.mix(torch.cat(parts, dim=1))))


def _mlp(*sizes: int) -> nn.Sequential:
    """Linear layers of these sizes with PReLU between them, which keep the scale of what passes (He et al. 2015)."""
    layers: list[nn.Module] = []
    for size_in, size_out in pairwise(sizes):
        linear = nn.Linear(size_in, size_out)
        nn.init.kaiming_normal_(linear.weight, a=PRELU_SLOPE)
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.PReLU(init=PRELU_SLOPE)]
    return nn.Sequential(*layers[:-1])
