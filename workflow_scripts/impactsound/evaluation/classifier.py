"""The judge: a material classifier trained on real training sounds.

Its features give FID and KID, its posteriors KL, its decisions the recognition accuracy.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

from impactsound import weights
from impactsound.config import Clip
from impactsound.vocoder.spectrogram import log_spectrogram

GAIN_RANGE = (0.5, 1.0)  # training sounds are scaled by a gain drawn from here


class SoundClassifier(nn.Module):
    """Convolutions on the log spectrogram, then a layer of features, then the materials' logits."""

    def __init__(self, clip: Clip, classes: int, width: int = 16, features: int = 64):
        super().__init__()
        self.clip = clip
        widths = [1, width, 2 * width, 4 * width, 8 * width]
        self.convolutions = nn.Sequential(*map(_block, widths, widths[1:]))
        self.pool = nn.AdaptiveAvgPool2d((8, 2))  # keeps where in frequency and time: pitch and decay matter
        self.hidden = nn.Sequential(
            nn.Dropout(0.3),
            nn.Linear(16 * widths[-1], features),
            nn.BatchNorm1d(features, affine=False),  # of unit scale, so that distances between features mean something
            nn.ReLU(),
        )
        self.decide = nn.Linear(features, classes)

    def features(self, sound: Tensor) -> Tensor:
        """Features `[clip, feature]` of sounds `[clip, time]`."""
        spectrogram = log_spectrogram(sound, self.clip)
        return self.hidden(self.pool(self.convolutions(spectrogram[:, None])).flatten(1))

    def forward(self, sound: Tensor) -> Tensor:
        """Logits `[clip, class]`."""
        return self.decide(self.features(sound))


def load(path: str | Path) -> SoundClassifier:
    """A trained classifier."""
    settings = weights.config(path)
    return weights.load(path, SoundClassifier(Clip(**settings["clip"]), settings["classes"]))


def _block(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU())


def augment(sound: Tensor, generator: torch.Generator, whole: int | None = None, part: slice = slice(None)) -> Tensor:
    """Random gains, so that loudness does not stand for a material.

    Where the sounds `[clip, time]` are a part of a batch of `whole` sounds, they have the gains that they would have
    among all of them.
    """
    low, high = GAIN_RANGE
    gain = torch.rand(whole or len(sound), 1, generator=generator)[part]
    return sound * (low + (high - low) * gain).to(sound.device)
