"""A first sketch of the spectrogram, drawn from the condition alone.

Convolutions do the same at every frequency, so a vector that only scales and shifts their channels can hardly say
at which one to sound. A sketch says it where it is: it is the mean that the denoiser starts from.
"""

import torch
from torch import Tensor, nn

FASTEST = 8.0  # nepers that the fastest of the first courses falls by over the clip


class Sketch(nn.Module):
    """Spectra, linear in the condition, each with a course over time that is the same for all clips.

    It starts as zero, whatever the condition.

    Args:
        condition: length of the condition vector.
        bins, steps: of the spectrogram.
        rank: number of spectra.
    """

    def __init__(self, condition: int, bins: int, steps: int, rank: int = 8):
        super().__init__()
        self.spectra = nn.Linear(condition, rank * bins)
        nn.init.zeros_(self.spectra.weight)
        nn.init.zeros_(self.spectra.bias)
        rate = torch.linspace(0, FASTEST, rank)[:, None]
        self.course = nn.Parameter(torch.exp(-rate * torch.arange(steps) / steps) / rank**0.5)

    def forward(self, condition: Tensor) -> Tensor:
        """Draw.

        Shape:
            - Input: `[clip, condition]`
            - Output: `[clip, 1, bin, step]`
        """
        spectra = self.spectra(condition).unflatten(1, (len(self.course), -1))  # [clip, rank, bin]
        return (spectra.transpose(1, 2) @ self.course)[:, None]
