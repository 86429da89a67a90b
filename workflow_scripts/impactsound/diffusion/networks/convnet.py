"""A convolutional rival without diffusion: the log spectrogram regressed from the condition.

A generator after Radford et al. (2016): the condition becomes a coarse grid of features, which convolutions
double in size after nearest neighbours have filled it, so that no checkerboard shows (Odena et al. 2016). The last
one gives a patch of the spectrogram a place (Shi et al. 2016): at full size, it would cost more than all the others.
"""

from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.diffusion.about_mean import AboutMean

GROUPS = 8
DOUBLINGS = 2
PATCH = 4  # bins and steps that a place of the finest grid covers


class Network(AboutMean):
    """The network; before training it gives the mean of the spectrograms.

    Args:
        told: length of the condition vector.
        width: channels of the finest grid; the coarser ones have twice as many.

    Raises:
        ValueError: if the width is not a multiple of the number of groups that are normalised.

    >>> import torch
    >>> Network(Clip(), told=5)(torch.zeros(2, 5)).shape
    torch.Size([2, 1, 1025, 44])
    """

    def __init__(self, clip: Clip, told: int, width: int = 48):
        super().__init__(clip)
        if width % GROUPS:
            raise ValueError(f"width must be a multiple of {GROUPS}, got {width}")
        self.size = (clip.n_bins, clip.n_steps)
        rows, columns = (-(-size // (PATCH * 2**DOUBLINGS)) for size in self.size)
        self.grid = nn.Sequential(
            nn.Linear(told, 2 * width * rows * columns), nn.Unflatten(1, (2 * width, rows, columns))
        )
        widths = [2 * width] * DOUBLINGS + [width]
        self.levels = nn.Sequential(_convolution(widths[0], widths[0]), *map(_doubled, widths, widths[1:]))
        self.out = _convolution(width, PATCH**2)
        self.unfold = nn.PixelShuffle(PATCH)
        nn.init.zeros_(self.out[-1].weight)
        nn.init.zeros_(self.out[-1].bias)

    def deviation(self, told: Tensor) -> Tensor:
        """See `AboutMean`."""
        bins, steps = self.size
        patches = self.out(self.levels(self.grid(told)))  # [clip, place in the patch, row, column]
        return self.unfold(patches)[..., :bins, :steps]


def _convolution(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.GroupNorm(GROUPS, before), nn.SiLU(), nn.Conv2d(before, after, 3, padding=1))


def _doubled(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), _convolution(before, after))
