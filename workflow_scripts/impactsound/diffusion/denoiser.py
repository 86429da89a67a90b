"""The denoiser: a U-Net told what is seen and, unless it is the system `video`, the physics latent."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from impactsound.config import Clip
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
    """Network of the diffusion model; what it predicts (v or the noise) is the objective's matter.

    Args:
        visual_dim: length of the visual latent.
        bands: noise bands of the residual; 0 leaves them out of the physics latent.
        physics: whether it is told the physics latent.
        hidden: width of the physics encoder's modal MLPs.
    """

    def __init__(
        self, clip: Clip, unet: UNetSettings, visual_dim: int, bands: int, physics: bool, hidden: int = 512
    ):
        super().__init__()
        self.register_buffer("visual_mean", torch.zeros(visual_dim))
        self.register_buffer("visual_std", torch.ones(visual_dim))
        self.visual = nn.Linear(visual_dim, SEEN_DIM)
        self.physics = PhysicsEncoder(clip.n_bins, bands, LATENT_DIM, hidden) if physics else None
        told = SEEN_DIM + (LATENT_DIM if physics else 0)
        self.null = nn.Parameter(torch.zeros(told))
        self.unet = UNet(unet, told)

    def standardise(self, visual: Tensor) -> None:
        """Take mean and standard deviation of the training clips' visual latents, `[clip, dim]`.

        A feature that never varies keeps its scale.
        """
        std = visual.std(dim=0, correction=0)
        self.visual_mean.copy_(visual.mean(dim=0))
        self.visual_std.copy_(torch.where(std > TINY, std, 1.0))

    def physics_latent(self, slots: Tensor, weight: Tensor, t60: Tensor) -> Tensor:
        """The physics latent of known parameters, as `PhysicsEncoder.forward` takes them; the bank stores it.

        Shape:
            - Input: `[clip, 3, bin]`, `[clip, band]`, `[clip, band]`
            - Output: `[clip, 256]`
        """
        if self.physics is None:
            raise ValueError("this denoiser was built without physics")
        return self.physics(slots, weight, t60)

    def forward(self, x: Tensor, t: Tensor, condition: Condition, drop: Tensor | None = None) -> Tensor:
        """Predict from the noised spectrogram.

        Args:
            drop: clips whose condition is withheld, for guidance.

        Shape:
            - Input: `[clip, 1, bin, step]`, `[clip]`, `Condition`, `[clip]` of bool
            - Output: `[clip, 1, bin, step]`
        """
        if (condition.physics is None) != (self.physics is None):
            raise ValueError(
                "the condition must have a physics latent exactly if the denoiser was built with physics"
            )
        told = self.visual((condition.visual - self.visual_mean) / self.visual_std)
        if condition.physics is not None:
            told = torch.cat([told, condition.physics], dim=1)
        if drop is not None:
            told = torch.where(drop[:, None], self.null, told)
        return self.unet(x, t, told)
