"""The residual encoder: the closed form's parameters, corrected by a transformer that sees the sound."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.physics.closed_form import estimate_residual
from impactsound.physics.parametrisation import Parametrisation
from impactsound.physics.residual import Residual, noise_bands, render_residual
from impactsound.vocoder.spectrogram import log_spectrogram


class ResidualEncoder(nn.Module):
    """Transformer on the log spectrograms of a sound and of what its modes leave.

    What it gives is added to the logits of the closed form; it gives 0 before training.

    Args:
        bands: of noise; with 0 there is nothing to learn, and the residual is silent.
        parametrisation, t60_range, latest_delay: as `Parametrisation.of` takes them.
        start: "closed_form", or "middle": parameters start in the middle of their scales and follow from the sound's
            spectrogram alone, as in Su et al. 2023.
        width, layers, heads, dropout: of the transformer.
        seed: of the noise.
    """

    def __init__(
        self,
        clip: Clip,
        bands: int,
        parametrisation: str,
        t60_range: Sequence[float],
        latest_delay: float,
        start: str,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
        seed: int,
    ):
        super().__init__()
        self.clip, self.closed_form = clip, start == "closed_form"
        self.t60_range, self.latest_delay = tuple(t60_range), latest_delay
        self.parametrisation = Parametrisation.of(parametrisation, t60_range, latest_delay)
        self.register_buffer("noise", noise_bands(bands, clip.n_samples, clip.sample_rate, seed))
        self.correction = None
        if bands:
            spectrograms, kinds = (2 if self.closed_form else 1), len(self.parametrisation.kinds)
            self.correction = _Correction(clip, spectrograms, kinds, bands, width, layers, heads, dropout)

    def start(self, remainder: Tensor) -> Tensor:
        """Where the correction starts from: logits `[clip, kind, band]` of what the modes leave, `[clip, time]`."""
        bands, kinds = len(self.noise), len(self.parametrisation.kinds)
        if not self.closed_form or not bands:
            return remainder.new_zeros(len(remainder), kinds, bands)
        latest = self.latest_delay if "delay" in self.parametrisation.kinds else 0.0
        scale = self.parametrisation.t60
        found = estimate_residual(remainder, bands, self.clip.sample_rate, (scale.low, scale.high), latest)
        return self.parametrisation.logits(found)

    def forward(self, sound: Tensor, modal: Tensor, start: Tensor | None = None) -> Residual:
        """The noise bands, `[clip, band]`, of sounds.

        Args:
            modal: the sound of the modes.
            start: `self.start(sound - modal)`, where that is known already.

        Shape:
            - Input: `[clip, time]`, `[clip, time]`, `[clip, kind, band]`
        """
        logits = self.start(sound - modal) if start is None else start
        if self.correction is not None:
            seen = [sound, sound - modal] if self.closed_form else [sound]
            spectrograms = torch.cat([log_spectrogram(part, self.clip) for part in seen], dim=1)
            logits = logits + self.correction(spectrograms, logits)
        return self.parametrisation.residual(logits)

    def render(self, residual: Residual) -> Tensor:
        """The residual's sound, `[clip, time]`."""
        return render_residual(residual, self.noise, self.clip.sample_rate)


class _Correction(nn.Module):
    """The learned part: what is added to the logits, from the spectrograms and the logits."""

    def __init__(
        self,
        clip: Clip,
        spectrograms: int,
        kinds: int,
        bands: int,
        width: int,
        layers: int,
        heads: int,
        dropout: float,
    ):
        super().__init__()
        self.shape = (kinds, bands)
        self.project = nn.Linear(spectrograms * clip.n_bins, width)
        self.position = nn.Parameter(0.02 * torch.randn(clip.n_steps, width))
        layer = nn.TransformerEncoderLayer(width, heads, 4 * width, dropout, "gelu", batch_first=True)
        self.blocks = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.known = nn.Linear(kinds * bands, width)
        self.head = nn.Linear(width, kinds * bands)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, spectrograms: Tensor, logits: Tensor) -> Tensor:
        """Corrections `[clip, kind, band]` from `[clip, bin, step]` and the logits, `[clip, kind, band]`."""
        hidden = self.blocks(self.project(spectrograms.transpose(1, 2)) + self.position)  # [clip, step, width]
        pooled = self.norm(hidden).mean(1) + self.known(logits.sigmoid().flatten(1))
        return self.head(nn.functional.gelu(pooled)).unflatten(1, self.shape)
