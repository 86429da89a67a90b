"""What TensorBoard is shown while a generator learns: spectrograms that it makes, and the latents it is told by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter

from impactsound.config import Clip
from impactsound.diffusion.condition import Told
from impactsound.diffusion.generate import spectrograms

SHOWN = 4  # clips of which spectrograms are shown


@dataclass(frozen=True)
class Board:
    """Validation clips to be shown.

    clips: their ids; label: the material of each; told: what the generator is told of them; spectrogram: their own,
    `[clip, 1, bin, step]`; sampling: as `generate.spectrograms` takes it; last: the step at which training ends.
    """

    clips: Sequence[str]
    label: Sequence[str]
    told: Told
    spectrogram: Tensor
    clip: Clip
    sampling: Mapping
    last: int

    @torch.no_grad()
    def show(self, network: nn.Module, events: SummaryWriter, step: int) -> None:
        """Write the spectrograms of some clips, generated over true; at the end, the latents of all clips, too."""
        few = {name: values[:SHOWN] for name, values in self.told.items()}
        made = spectrograms(network, few, self.clips[:SHOWN], self.clip, self.sampling, ("board",))
        pairs = torch.cat([made, self.spectrogram[:SHOWN].to(made)], dim=2).flip(2)
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
