"""Training of the onset network: whether there is a hit in a frame, from what changes and moves around it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from impactsound.onset.choice import choose
from impactsound.onset.events import Events, target
from impactsound.onset.features import Features
from impactsound.onset.motion import ACROSS, CHANNELS, GRID
from impactsound.onset.network import REACH, OnsetNetwork
from impactsound.onset.peaks import Picker
from impactsound.seeds import generator
from impactsound.training import Batch, Training, fit

LENGTH = 64  # frames of a training window whose log-odds are learned
THRESHOLDS = np.log(np.linspace(0.05, 0.95, 19))  # of the logarithm of the probability
SCALED = 64  # videos, at most, that say how large change and motion are
LEAST = 1e-6  # of a scale
MOVES = len(CHANNELS) * GRID**2


class Examples:
    """Videos with their events, as a network is trained or judged on them."""

    def __init__(self, features: Features, events: Sequence[Events], frame_rate: float):
        self.features, self.frame_rate = features, frame_rate
        self.events = [video.at(pace) for video, pace in zip(events, features.pace, strict=True)]
        self.targets = [
            torch.from_numpy(np.stack(target(video, np.arange(n) / frame_rate), axis=1)).float()
            for video, n in zip(self.events, features.frames, strict=True)
        ]

    def window(self, video: int, place: float) -> Tensor:
        """What a network is shown about a place in [0, 1) of a video, and what is asked for; beyond its ends all is 0.

        Shape:
            - Output: `[LENGTH + 2 * REACH, dim + MOVES + 2]`
        """
        start = int(place * int(self.features.frames[video])) - LENGTH // 2 - REACH
        change, motion = self.features.read(video, start, LENGTH + 2 * REACH)
        number = start + torch.arange(len(change))
        inside = (number >= 0) & (number < len(self.targets[video]))
        wanted = self.targets[video][number.clamp(0, len(self.targets[video]) - 1)] * inside[:, None]
        return torch.cat([change, motion.flatten(1), wanted], dim=1)


def train_detector(
    network: OnsetNetwork,
    training: Examples,
    validation: Examples,
    settings: Training,
    run: Path,
    seed: Sequence[object],
    device: str = "cpu",
    devices: int = 1,
) -> pd.DataFrame:
    """Fit the network; returns its history, the validation videos' F-measure included.

    Args:
        device, devices: as `fit` takes them.
    """
    set_scales(network, training.features)

    def read(batch: Batch) -> Tensor:
        draw = torch.rand(settings.batch, 3, generator=generator(*seed, "augment", batch.step))[batch.part]
        windows = [training.window(video, place) for video, place in zip(batch.rows, draw[:, 0].tolist(), strict=True)]
        return varied(torch.stack(windows), draw[:, 1], draw[:, 2])

    def loss(network: OnsetNetwork, batch: Batch) -> Tensor:
        shown = batch.data.to(network.change_scale.device)
        change, motion, wanted, sure = parts(shown)
        inner = slice(REACH, -REACH)
        return binary_cross_entropy_with_logits(network(change, motion), wanted[:, inner], weight=sure[:, inner])

    def validate(network: OnsetNetwork) -> dict[str, float]:
        logits = video_logits(network, validation.features)
        losses = [
            binary_cross_entropy_with_logits(found, asked[:, 0], weight=asked[:, 1])
            for found, asked in zip(logits, validation.targets, strict=True)
        ]
        return {"loss": float(torch.stack(losses).mean()), "f_measure": choose_threshold(logits, validation)[1]}

    return fit(
        network, len(training.features), loss, validate, settings, run, seed, "onset", device, devices, read=read
    )


def parts(windows: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Change, motion, the probability asked for, and whether it is, of windows as `Examples.window` makes them."""
    change, moves, wanted, sure = windows.split([windows.shape[-1] - MOVES - 2, MOVES, 1, 1], dim=-1)
    return change, moves.unflatten(-1, (len(CHANNELS), GRID, GRID)), wanted[..., 0], sure[..., 0]


def varied(windows: Tensor, flip: Tensor, begin: Tensor) -> Tensor:
    """Windows of which half are mirrored left and right, and half begin within their first half, as videos do.

    Shape:
        - Input: `[clip, frame, feature]`, `[clip]` in [0, 1), `[clip]` in [0, 1)
        - Output: `[clip, frame, feature]`
    """
    change, motion, wanted, sure = parts(windows)
    mirrored = motion.flip(-1)
    mirrored[:, :, ACROSS] *= -1
    motion = torch.where((flip < 0.5)[:, None, None, None, None], mirrored, motion)
    together = torch.cat([change, motion.flatten(2), wanted[..., None], sure[..., None]], dim=-1)
    first = torch.where(begin < 0.5, -1.0, REACH + (begin - 0.5) * LENGTH)  # shows nothing new, as first frames do
    return together * (torch.arange(windows.shape[1]) > first[:, None])[..., None]


def set_scales(network: OnsetNetwork, features: Features) -> None:
    """Give the network the root mean squares of what it will see, those of at most `SCALED` videos spread over all."""
    videos = np.unique(np.linspace(0, len(features) - 1, min(SCALED, len(features))).astype(int))
    squares = [
        torch.cat([change.square().mean()[None], motion.square().mean((0, 2, 3))])
        for change, motion in map(features.whole, videos)
    ]
    scale = torch.stack(squares).mean(0).sqrt().clamp(min=LEAST)
    network.change_scale.copy_(scale[0])
    network.motion_scale.copy_(scale[1:, None, None, None])


@torch.inference_mode()
def video_logits(network: OnsetNetwork, features: Features) -> list[Tensor]:
    """Log-odds of a hit in every frame of every video, on the CPU, `[frame]` each."""
    network.eval()
    place = network.change_scale.device
    return [
        network.of_video(*(part.to(place) for part in features.whole(video))).float().cpu()
        for video in range(len(features))
    ]


def choose_threshold(logits: Sequence[Tensor], examples: Examples) -> tuple[Picker, float]:
    """The picker for the logarithm of the probability, and its F-measure on the videos that it is chosen on."""
    curves = [logsigmoid(video).numpy() for video in logits]
    return choose(curves, examples.events, examples.frame_rate, THRESHOLDS)
