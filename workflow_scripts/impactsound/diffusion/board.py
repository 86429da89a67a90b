"""What TensorBoard is shown while a generator learns: spectrograms that it makes, and the latents it is told by.

The spectrograms are drawn in a few plain steps of DDIM (Song et al. 2021), so that no training depends on a sampler.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from impactsound.diffusion.condition import Told
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.objective import STEPS, alpha_sigma, clean
from impactsound.seeds import normal

SHOWN = 4  # clips of which spectrograms are shown
DRAWN = 8  # steps that each is drawn in
FIRST = 0.95  # of the schedule, where they begin: beyond, it is all but noise


@dataclass(frozen=True)
class Board:
    """Validation clips to be shown.

    clips: their ids; label: the material of each; told: what the generator is told of them; spectrogram: their own,
    `[clip, 1, bin, step]`; last: the step at which training ends.
    """

    clips: Sequence[str]
    label: Sequence[str]
    told: Told
    spectrogram: Tensor
    last: int

    @torch.no_grad()
    def show(self, network: nn.Module, events: SummaryWriter, step: int) -> None:
        """Write the spectrograms of some clips, generated over true; at the end, the latents of all clips, too."""
        place = next(network.parameters()).device
        few = {name: values[:SHOWN].to(place) for name, values in self.told.items()}
        true = self.spectrogram[:SHOWN].to(place)
        noise = normal(tuple(true.shape[1:]), list(self.clips[:SHOWN]), "board").to(place)
        pairs = torch.cat([drawn(network, few, noise), true], dim=2).flip(2)
        events.add_images("spectrogram", (pairs + 1) / 2, step)
        if step == self.last:
            for name, latent in self._latents(network).items():
                events.add_embedding(latent.cpu(), metadata=list(self.label), global_step=step, tag=name)

    def _latents(self, network: nn.Module) -> dict[str, Tensor]:
        """The visual latents, and the physics latents where the generator has them."""
        place = next(network.parameters()).device
        found = {"visual": self.told["visual"]}
        if network.encoder.physics is not None:
            found["physics"] = network.encoder.latent({name: values.to(place) for name, values in self.told.items()})
        return found


def drawn(network: nn.Module, told: Told, x: Tensor) -> Tensor:
    """Spectrograms that a generator makes of noise, `[clip, 1, bin, step]` both."""
    condition = network.encoder(told)
    if not isinstance(network, Denoiser):
        return network.decode(condition).clamp(-1, 1)
    steps = torch.linspace(FIRST * STEPS, 0, DRAWN, device=x.device).long()
    for now, then in zip(steps, [*steps[1:], None], strict=True):
        t = now.expand(len(x))
        x0 = clean(network.denoise(x, t, condition), x, t, network.prediction).clamp(-1, 1)
        if then is None:
            return x0
        (alpha, sigma), (next_alpha, next_sigma) = alpha_sigma(t, x), alpha_sigma(then.expand(len(x)), x)
        x = next_alpha * x0 + next_sigma / sigma * (x - alpha * x0)
    return x
