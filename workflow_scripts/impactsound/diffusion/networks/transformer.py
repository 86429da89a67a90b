"""A transformer as a rival without diffusion: the log spectrogram regressed from the condition, step by step.

A token a time step: its learned position and the condition. Self-attention (Vaswani et al. 2017) lets the steps
agree, and a linear layer gives each its bins.
"""

import torch
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.diffusion.about_mean import AboutMean


class Network(AboutMean):
    """The network; before training it gives the mean of the spectrograms.

    The condition is added to every token rather than put before them as one of its own: attention starts nearly
    even, and would leave a single token among the steps hardly heard.

    Args:
        told: length of the condition vector.
        width, layers, heads, dropout: of the transformer, which normalises before each of its parts.

    >>> Network(Clip(), told=5)(torch.zeros(2, 5)).shape
    torch.Size([2, 1, 1025, 44])
    """

    def __init__(self, clip: Clip, told: int, width: int = 128, layers: int = 4, heads: int = 4, dropout: float = 0.1):
        super().__init__(clip)
        self.condition = nn.Linear(told, width)
        self.position = nn.Parameter(torch.randn(clip.n_steps, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.bins = nn.Linear(width, clip.n_bins)
        nn.init.zeros_(self.bins.weight)
        nn.init.zeros_(self.bins.bias)

    def deviation(self, told: Tensor) -> Tensor:
        """See `AboutMean`."""
        tokens = self.condition(told)[:, None] + self.position  # [clip, step, width]
        return self.bins(self.blocks(tokens)).transpose(1, 2)[:, None]
