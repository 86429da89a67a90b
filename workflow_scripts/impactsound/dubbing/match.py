"""Which entry of a model's bank a hit looks most like, and whose physics it therefore has."""

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from impactsound.dubbing.hits import Hit
from impactsound.dubbing.model import Model
from impactsound.media.frames import decode
from impactsound.parallel import in_order, one_thread_each
from impactsound.vision.frames import evaluation_frames

MICROSECOND = 6  # decimals of a time


def see(model: Model, windows: Iterable[Sequence[np.ndarray]]) -> Tensor:
    """The visual latents of hits, one at a time, so that none depends on the others by a bit.

    Args:
        windows: the frames around each hit as JPEG, as `media.frames.frame_windows` gives them.

    Shape:
        - Output: `[hit, latent]`
    """
    with one_thread_each() as threads:
        seen = in_order(partial(_seen, model), windows, threads if model.device.type == "cpu" else 1)
        return torch.cat([torch.zeros(0, model.vision.dim), *seen])


@torch.inference_mode()
def _seen(model: Model, window: Sequence[np.ndarray]) -> Tensor:
    """The visual latent of one hit, `[1, latent]`."""
    frames = torch.from_numpy(np.stack([decode(jpeg) for jpeg in window]))[None]
    return model.vision.latent(evaluation_frames(frames, len(window)).to(model.device)).cpu()


def match(model: Model, latent: Tensor, times: Sequence[float], probability: Sequence[float | None]) -> list[Hit]:
    """Hits at these times, matched with the bank by what is seen of them, and numbered in their order.

    Args:
        probability: of each hit; None where a person gave its time.

    Shape:
        - latent: `[hit, latent]`
    """
    bank, reach = model.bank, model.settings.reach
    materials = [name for name in model.settings.materials if (bank.material == name).any()]
    found = [bank.nearest(name, latent.numpy(), model.settings.distance) for name in materials]
    distance = np.stack([apart for apart, _ in found], axis=1)  # [hit, material]
    entry = np.stack([rows for _, rows in found], axis=1)

    def hit(number: int) -> Hit:
        near = int(distance[number].argmin())
        others = {name: bank.clips[row] for name, row in zip(materials, entry[number], strict=True)}
        matched, apart, sure = others[materials[near]], float(distance[number, near]), probability[number]
        return Hit(
            id=number,
            time=round(float(times[number]), MICROSECOND),
            probability=None if sure is None else round(float(sure), 4),
            matched=matched,
            material=materials[near],
            distance=apart,
            far=apart > reach,
            others=others,
            physics=bank.physics_of(matched),
        )

    return [hit(number) for number in range(len(times))]
