"""The denoiser: a U-Net told a condition, and what is known of spectrograms before it says anything.

Once it knows the mean m and the standard deviation s of the training spectrograms, it is preconditioned as in
Karras et al. (2022), here for v: were spectrograms N(m, s^2), v would be linear in x_t. A sketch, drawn from the
condition, is added to m. The U-Net is given x_t - alpha m at unit variance and predicts, at unit
variance, what is left:

    v = alpha sigma (1 - s^2) / d^2 (x_t - alpha m) + s / d F - sigma m,    d^2 = alpha^2 s^2 + sigma^2
"""

import torch
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.diffusion.condition import Condition, ConditionEncoder, Told
from impactsound.diffusion.objective import alpha_sigma
from impactsound.diffusion.sketch import Sketch
from impactsound.diffusion.unet import UNet, UNetSettings


class Denoiser(nn.Module):
    """Network of the diffusion model.

    Until `standardise` has told it the spectrograms (m = 0, s = 1), and without a sketch, it is the bare U-Net.

    Args:
        prediction: what it is trained to say, "v" or "epsilon".
        sketch: spectra that the sketch is drawn from; 0 for none.
    """

    def __init__(
        self, clip: Clip, unet: UNetSettings, encoder: ConditionEncoder, prediction: str = "v", sketch: int = 0
    ):
        super().__init__()
        self.prediction = prediction
        self.register_buffer("sound_mean", torch.zeros(1, clip.n_bins, clip.n_steps))
        self.register_buffer("sound_std", torch.ones(()))
        self.encoder = encoder
        self.sketch = Sketch(encoder.dim, clip.n_bins, clip.n_steps, sketch) if sketch else None
        self.unet = UNet(unet, encoder.dim, 1 + encoder.pictures + bool(sketch))

    def standardise(self, spectrograms: Tensor) -> None:
        """Take mean and standard deviation of the training spectrograms, `[clip, 1, bin, step]`.

        A network that predicts the noise stays bare, as the paper's is.
        """
        if self.prediction == "v":
            self.sound_mean.copy_(spectrograms.mean(dim=0))
            self.sound_std.copy_((spectrograms - self.sound_mean.to(spectrograms)).std())

    def forward(self, x: Tensor, t: Tensor, told: Told, drop: Tensor | None = None) -> Tensor:
        """Encode what is told, as `ConditionEncoder` takes it, and predict."""
        return self.denoise(x, t, self.encoder(told, drop))

    def denoise(self, x: Tensor, t: Tensor, condition: Condition) -> Tensor:
        """Predict from the noised spectrogram.

        Shape:
            - Input: `[clip, 1, bin, step]`, `[clip]`
            - Output: `[clip, 1, bin, step]`
        """
        alpha, sigma = alpha_sigma(t, x)
        variance = (alpha * self.sound_std) ** 2 + sigma**2
        pictures = [] if condition.picture is None else [condition.picture]
        mean = self.sound_mean
        if self.sketch is not None:
            drawn = self.sketch(condition.vector)
            mean, pictures = mean + self.sound_std * drawn, [*pictures, drawn]
        x = x - alpha * mean
        seen = torch.cat([x / variance.sqrt(), *pictures], dim=1)
        rest = self.sound_std / variance.sqrt() * self.unet(seen, t, condition.vector)
        return alpha * sigma * (1 - self.sound_std**2) / variance * x + rest - sigma * mean
