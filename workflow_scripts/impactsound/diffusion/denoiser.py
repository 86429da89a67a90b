"""The denoiser: a U-Net told what is seen and, unless it is the system `video`, the physics latent.

Once it knows the mean m and the standard deviation s of the training spectrograms, it is preconditioned as in
Karras et al. (2022), here for v: were spectrograms N(m, s^2), v would be linear in x_t. The U-Net is given
x_t - alpha m at unit variance and predicts, at unit variance, what is left:

    v = alpha sigma (1 - s^2) / d^2 (x_t - alpha m) + s / d F - sigma m,    d^2 = alpha^2 s^2 + sigma^2
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.diffusion.objective import alpha_sigma
from impactsound.diffusion.physics_encoder import PhysicsEncoder
from impactsound.diffusion.unet import UNet, UNetSettings

LATENT_DIM = 256  # of the physics latent
SEEN_DIM = 256  # of the projected visual latent
TINY = 1e-6


@dataclass(frozen=True)
class Condition:
    """What a sound is generated from.

    visual: latent of the frames, `[clip, dim]`; physics: latent of the parameters, `[clip, 256]`.
    """

    visual: Tensor
    physics: Tensor | None = None


class Denoiser(nn.Module):
    """Network of the diffusion model.

    It predicts v. Until `standardise` has told it the spectrograms (m = 0, s = 1) it is the bare U-Net, which
    predicts whatever the objective asks for.

    Args:
        visual_dim: length of the visual latent.
        residual: kinds and bands of the residual's parameters; 0 bands leave it out of the physics latent.
        physics: whether it is told the physics latent.
        hidden: width of the physics encoder's modal MLPs.
    """

    def __init__(
        self,
        clip: Clip,
        unet: UNetSettings,
        visual_dim: int,
        residual: Sequence[int],
        physics: bool,
        hidden: int = 512,
    ):
        super().__init__()
        self.register_buffer("visual_mean", torch.zeros(visual_dim))
        self.register_buffer("visual_std", torch.ones(visual_dim))
        self.register_buffer("sound_mean", torch.zeros(1, clip.n_bins, clip.n_steps))
        self.register_buffer("sound_std", torch.ones(()))
        self.visual = nn.Linear(visual_dim, SEEN_DIM)
        self.physics = PhysicsEncoder(clip.n_bins, residual, LATENT_DIM, hidden) if physics else None
        told = SEEN_DIM + (LATENT_DIM if physics else 0)
        self.null = nn.Parameter(torch.zeros(told))
        self.unet = UNet(unet, told)

    def standardise(self, visual: Tensor, spectrograms: Tensor | None = None) -> None:
        """Take means and standard deviations from the training clips.

        Args:
            visual: visual latents; a feature that never varies keeps its scale.
            spectrograms: to precondition the prediction of v by; without, the U-Net stays bare.

        Shape:
            - Input: `[clip, dim]`, `[clip, 1, bin, step]`
        """
        std = visual.std(dim=0, correction=0)
        self.visual_mean.copy_(visual.mean(dim=0))
        self.visual_std.copy_(torch.where(std > TINY, std, 1.0))
        if spectrograms is not None:
            self.sound_mean.copy_(spectrograms.mean(dim=0))
            self.sound_std.copy_((spectrograms - self.sound_mean.to(spectrograms)).std())

    def physics_latent(self, slots: Tensor, residual: Tensor) -> Tensor:
        """The physics latent of known parameters, as `PhysicsEncoder.forward` takes them; the bank stores it.

        Shape:
            - Input: `[clip, 3, bin]`, `[clip, kind, band]`
            - Output: `[clip, 256]`
        """
        if self.physics is None:
            raise ValueError("this denoiser was built without physics")
        return self.physics(slots, residual)

    def forward(self, x: Tensor, t: Tensor, condition: Condition, drop: Tensor | None = None) -> Tensor:
        """Predict from the noised spectrogram.

        Args:
            drop: clips whose condition is withheld, for guidance.

        Shape:
            - Input: `[clip, 1, bin, step]`, `[clip]`, `Condition`, `[clip]` of bool
            - Output: `[clip, 1, bin, step]`
        """
        if (condition.physics is None) != (self.physics is None):
            raise ValueError("the condition must have a physics latent exactly if the denoiser was built with physics")
        told = self.visual((condition.visual - self.visual_mean) / self.visual_std)
        if condition.physics is not None:
            told = torch.cat([told, condition.physics], dim=1)
        if drop is not None:
            told = torch.where(drop[:, None], self.null, told)
        alpha, sigma = alpha_sigma(t, x)
        variance = (alpha * self.sound_std) ** 2 + sigma**2
        x = x - alpha * self.sound_mean
        rest = self.sound_std / variance.sqrt() * self.unet(x / variance.sqrt(), t, told)
        return alpha * sigma * (1 - self.sound_std**2) / variance * x + rest - sigma * self.sound_mean
