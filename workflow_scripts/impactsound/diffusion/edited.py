"""The sounds of a system that is told of edited modes: everything that is made of the modes is made anew.

All edits of a clip are sampled from the same noise, so that what differs is the edit's.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from impactsound import store, weights
from impactsound.config import Clip
from impactsound.diffusion.condition import Told
from impactsound.diffusion.generate import sounds, spectrograms
from impactsound.diffusion.told import check_finite
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.priors import read_modes
from impactsound.physics.residual import Residual
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.physics.slots import normalise, to_slots
from impactsound.vocoder.spectrogram import log_spectrogram

REMADE = ("modes", "rendered")  # parts of what is told that are made of the modes


@dataclass(frozen=True)
class Priors:
    """The physics of clips: modes `[..., clip, mode]`, their onset in s `[clip]`, and the residual's sound.

    residual: `[clip, time]`.
    """

    modes: Modes
    onset: Tensor
    residual: Tensor

    def rendered(self, clip: Clip) -> Tensor:
        """The sound of modes and residual, `[..., clip, time]`."""
        lead = self.modes.frequency.shape[:-1]
        return render_modes(self.modes, clip.n_samples, clip.sample_rate, self.onset.expand(lead)) + self.residual

    def edited(self, edits: Sequence[Callable[[Modes], Modes]]) -> "Priors":
        """As they are, and after each of the edits: modes `[1 + edit, clip, mode]`."""
        all_modes = [self.modes, *(edit(self.modes) for edit in edits)]
        fields = ("frequency", "power", "decay", "phase")
        stacked = {field: torch.stack([getattr(modes, field) for modes in all_modes]) for field in fields}
        return replace(self, modes=Modes(**stacked))


def read_priors(files: Mapping[str, str | Path], sources: Sequence[str]) -> Priors:
    """The priors of clips.

    Args:
        files: paths of `modes`, `residual` and `renderer`, the model that the residual was inferred by.

    Raises:
        InputError: naming the clip that a file lacks, or of which it holds values that are not finite.
    """
    settings = weights.config(files["renderer"])
    network = weights.load(files["renderer"], ResidualEncoder(Clip(**settings.pop("clip")), **settings))
    bands = store.read(files["residual"], "residual/2", "weight", "delay", "t60", clip=sources)
    priors = Priors(
        *read_modes(files["modes"], sources), network.render(Residual(*map(torch.from_numpy, bands))).detach()
    )
    check_finite(priors.rendered(network.clip), sources, "physics")
    return priors


def tell(told: Told, parts: Collection[str], priors: Priors, clip: Clip) -> dict[str, Tensor]:
    """What is told of clips under every edit, one edit's clips after another's.

    Args:
        told: the parts that no edit changes, `[clip, ...]` each.
        parts: of `condition.PARTS`: all that are to be told.
        priors: with modes `[edit, clip, mode]`.

    Shape:
        - Output: `[edit * clip, ...]` each
    """
    found = {name: values.expand(len(priors.modes.frequency), *values.shape) for name, values in told.items()}
    if "modes" in parts:
        found["modes"] = normalise(to_slots(priors.modes, clip), clip)
    if "rendered" in parts:
        found["rendered"] = log_spectrogram(priors.rendered(clip), clip)[:, :, None]
    return {name: values.flatten(0, 1) for name, values in found.items()}


def edited_sounds(
    network: nn.Module,
    told: Told,
    parts: Collection[str],
    priors: Priors,
    clips: Sequence[str],
    clip: Clip,
    sampling: Mapping,
    seed: Sequence[object],
) -> Tensor:
    """What a network makes of clips under every edit.

    Args:
        network, sampling, seed: as `generate.spectrograms` takes them; told, parts, priors: as `tell` does.

    Shape:
        - Output: `[edit, clip, time]`
    """
    named = [*clips] * len(priors.modes.frequency)
    spectrogram = spectrograms(network, tell(told, parts, priors, clip), named, clip, sampling, seed)
    near, place = priors.rendered(clip).flatten(0, 1), str(next(network.parameters()).device)
    return sounds(spectrogram, named, clip, sampling, seed, near, place).unflatten(0, (-1, len(clips)))
