"""What a generator is told of several matches at once.

Averaged is what the network hears: features and rendered log spectrograms as they are, and of the physics its latent.
Modes themselves have no mean, for those of two objects are not each other's; nor have waveforms, whose phases differ.
A mean of latents is the least-squares guess of the own one, as what is regressed from the video is.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from impactsound.config import Clip
from impactsound.diffusion.condition import ConditionEncoder
from impactsound.diffusion.told import read_told
from impactsound.retrieval.bank import neighbours

SEEN = {"visual", "material"}  # a clip's own, whatever its matches are
PHYSICS = {"modes", "residual"}


@torch.inference_mode()
def read_matched(
    encoder: ConditionEncoder,
    parts: Collection[str],
    files: Mapping[str, str],
    clips: Sequence[str],
    clip: Clip,
    materials: Sequence[str],
) -> dict[str, Tensor]:
    """The parts that are told of clips by the matches in `files["matches"]`, a row a clip.

    A blend tells `physics`, a latent, in the place of `modes` and `residual`. Else as `diffusion.told.read_told`.
    """
    names, weight = blended(*neighbours(files["matches"], clips))
    parts = set(parts)
    if names.shape[1] == 1:
        return read_told(parts, files, clips, names[:, 0], clip, materials)
    entries, rows = np.unique(names, return_inverse=True)
    told = read_told(parts - SEEN, files, entries, entries, clip, materials)
    if parts & PHYSICS:
        place = next(encoder.parameters()).device
        latent = encoder.latent({name: told.pop(name).to(place) for name in parts & PHYSICS})
        told["physics"] = latent.cpu()
    mixed = {name: mix(values, rows.reshape(names.shape), weight) for name, values in told.items()}
    return read_told(parts & SEEN, files, clips, clips, clip, materials) | mixed


def blended(names: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Without the neighbours whose weight is 0 for every clip.

    Shape:
        - Input, output: `[clip, k]`, `[clip, k]`
    """
    used = weight.any(axis=0)
    return names[:, used], weight[:, used]


def mix(values: Tensor, rows: np.ndarray, weight: np.ndarray) -> Tensor:
    """Weighted sums of entries.

    Shape:
        - Input: `[entry, ...]`, and `[clip, k]` rows of it with their weights
        - Output: `[clip, ...]`

    >>> mix(torch.tensor([1.0, 2.0, 4.0]), np.array([[2, 0]]), np.array([[0.25, 0.75]])).tolist()
    [1.75]
    """
    share = torch.from_numpy(weight).to(values)
    entries = values.reshape(len(values), -1)
    summed = embedding_bag(torch.from_numpy(rows).to(values.device), entries, per_sample_weights=share, mode="sum")
    return summed.reshape(-1, *values.shape[1:])
