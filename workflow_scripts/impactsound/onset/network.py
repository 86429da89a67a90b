"""The network that tells an impact: from what changes and moves in each frame to the log-odds of a hit in it.

What moves is convolved over time and the grid's cells and pooled over them, its mean and its most; the change of the
visual latent is projected; both are then convolved over time. No layer pads time, so that a frame's log-odds depend
on `REACH` frames to either side and on no other, and zeros stand for what lies beyond a video's ends.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from impactsound.onset.motion import CHANNELS

REACH = 8  # frames: 1 + 1 of the cells' convolutions, 2 + 4 of those after
CELLS = 2  # of them those over cells
RARE = -3.0  # log-odds that the network starts from: a hit is in a frame of twenty


class OnsetNetwork(nn.Module):
    """Log-odds of a hit in every frame.

    Args:
        dim: length of the visual latent.
        width: channels.
        dropout: share of training clips of which the visual latent is not looked at, so that motion alone must do:
            looks differ more from corpus to corpus than motion does.
    """

    def __init__(self, dim: int, width: int = 16, dropout: float = 0.5):
        super().__init__()
        self.dropout = dropout
        self.register_buffer("change_scale", torch.ones(()))  # root mean squares: what is seen is divided by them
        self.register_buffer("motion_scale", torch.ones(len(CHANNELS), 1, 1, 1))
        self.visual = nn.Linear(dim, width)
        self.cells = nn.Sequential(
            nn.Conv3d(len(CHANNELS), width, 3, stride=(1, 2, 2), padding=(0, 1, 1)),
            nn.ReLU(),
            nn.Conv3d(width, 2 * width, 3, stride=(1, 2, 2), padding=(0, 1, 1)),
            nn.ReLU(),
        )
        self.time = nn.Sequential(
            nn.Conv1d(5 * width, 2 * width, 5),
            nn.ReLU(),
            nn.Conv1d(2 * width, 2 * width, 5, dilation=2),
            nn.ReLU(),
            nn.Conv1d(2 * width, 1, 1),
        )
        self.apply(_begin)
        nn.init.constant_(self.time[-1].bias, RARE)

    def forward(self, change: Tensor, motion: Tensor) -> Tensor:
        """Log-odds of all frames but `REACH` at either end.

        Shape:
            - Input: `[clip, frame, dim]`, `[clip, frame, channel, row, column]`
            - Output: `[clip, frame - 2 * REACH]`
        """
        if self.training:
            change = change * (torch.rand(len(change), 1, 1, device=change.device) >= self.dropout)
        cells = self.cells(motion.transpose(1, 2) / self.motion_scale).flatten(3)  # [clip, channel, frame, cell]
        looked = self.visual(change[:, CELLS:-CELLS] / self.change_scale).transpose(1, 2)  # [clip, channel, frame]
        return self.time(torch.cat([cells.mean(3), cells.amax(3), looked], dim=1))[:, 0]

    def of_video(self, change: Tensor, motion: Tensor) -> Tensor:
        """Log-odds of every frame of a video, or of a piece of one, beyond which there is nothing.

        Shape:
            - Input: `[frame, dim]`, `[frame, channel, row, column]`
            - Output: `[frame]`
        """
        beyond = (REACH, REACH)
        change = F.pad(change, (0, 0, *beyond))
        motion = F.pad(motion, (0, 0, 0, 0, 0, 0, *beyond))
        return self(change[None], motion[None])[0]


def _begin(layer: nn.Module) -> None:
    """Start so that what is seen keeps its variance through the layers (He et al. 2015); else little is learned."""
    if isinstance(layer, nn.Conv1d | nn.Conv3d | nn.Linear):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
