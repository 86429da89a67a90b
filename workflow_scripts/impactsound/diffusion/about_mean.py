"""What the networks share that regress a spectrogram: they predict how it differs from the mean one."""

import torch
from torch import Tensor, nn

from impactsound.config import Clip


class AboutMean(nn.Module):
    """Base of a network that gives mean + spread * `deviation`; with a last layer of zero it starts at the mean.

    Until `standardise` has told it the spectrograms, the mean is 0 and the spread 1.
    """

    def __init__(self, clip: Clip):
        super().__init__()
        self.register_buffer("sound_mean", torch.zeros(1, clip.n_bins, clip.n_steps))
        self.register_buffer("sound_std", torch.ones(()))

    def standardise(self, spectrograms: Tensor) -> None:
        """Take the mean of each bin and step, and the spread about it, from the training clips.

        Shape:
            - Input: `[clip, 1, bin, step]`
        """
        self.sound_mean.copy_(spectrograms.mean(dim=0))
        self.sound_std.copy_((spectrograms - self.sound_mean.to(spectrograms)).std(correction=0))

    def deviation(self, told: Tensor) -> Tensor:
        """How the spectrogram differs from the mean, in units of the spread.

        Shape:
            - Input: `[clip, told]`
            - Output: `[clip, 1, bin, step]`
        """
        raise NotImplementedError

    def forward(self, told: Tensor) -> Tensor:
        """The spectrogram; trained on ones in [-1, 1], it can leave that range a little.

        Shape:
            - Input: `[clip, told]`
            - Output: `[clip, 1, bin, step]`
        """
        return self.sound_mean + self.sound_std * self.deviation(told)
