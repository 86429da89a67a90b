"""Reading what a network is told of clips from the files of the stages before."""

from collections.abc import Collection, Mapping, Sequence

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import labels_of
from impactsound.errors import InputError
from impactsound.physics.priors import read_rendered, read_residual, read_slots
from impactsound.vocoder.spectrogram import log_spectrogram


def read_told(
    parts: Collection[str],
    files: Mapping[str, str],
    clips: Sequence[str],
    sources: Sequence[str],
    clip: Clip,
    materials: Sequence[str],
) -> dict[str, Tensor]:
    """The parts that are told of clips, a row a clip.

    Args:
        parts: of `condition.PARTS`.
        files: paths of `visual`, and as parts need them of `labels` (a manifest), `features`, `slots`, `residual`,
            `rendered`.
        clips: what is seen, and the label, are theirs.
        sources: the clips whose sound the rest is taken from: the same, or their matches in the bank.

    Raises:
        InputError: naming the clip that a file lacks, or of which it holds values that are not finite.
    """
    found = {}
    if "visual" in parts:
        (latent,) = store.read(files["visual"], "visual/1", "latent", clip=clips)
        found["visual"] = torch.from_numpy(latent)
    if "material" in parts:
        label = torch.tensor(labels_of(files["labels"], clips, materials))
        found["material"] = one_hot(label, len(materials)).float()
    for name in ("mfcc", "spectral"):
        if name in parts:
            found[name] = torch.from_numpy(store.read(files["features"], "features/1", name, clip=sources)[0])
    if "modes" in parts:
        found["modes"] = read_slots(files["slots"], sources, clip)
    if "residual" in parts:
        found["residual"] = read_residual(files["residual"], sources)
    if "rendered" in parts:
        sound = read_rendered(files["rendered"], sources)
        found["rendered"] = log_spectrogram(sound, clip)[:, None]
    for name, values in found.items():
        owners = clips if name in ("visual", "material") else sources
        check_finite(values, owners, name)
    return found


def check_finite(values: Tensor, clips: Sequence[str], name: str) -> None:
    """Raise an InputError that names the first clip with a value that is not finite."""
    for clip, finite in zip(clips, values.isfinite().flatten(1).all(1).tolist(), strict=True):
        if not finite:
            raise InputError(f"clip {clip}: its {name} has values that are not finite; leave its video out")
