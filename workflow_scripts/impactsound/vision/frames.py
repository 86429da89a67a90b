"""From stored frames to what the visual encoder is given: which frames, and how they are varied in training.

Objects keep their size in the picture, since size is heard; they move, are mirrored, and the light changes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Augmentation:
    """How training frames are varied, each clip by one draw for all its frames.

    shift: largest displacement as a share of the picture's side, the border being repeated;
    flip: probability of mirroring left and right; brightness: largest relative change.
    """

    shift: float = 0.1
    flip: float = 0.5
    brightness: float = 0.2


def segment_frames(frames: int, segments: int, place: Tensor) -> Tensor:
    """Numbers of the frames at `place` in [0, 1) of each of `segments` equal parts (Wang et al. 2016).

    Shape:
        - Input: `[..., segment]`
        - Output: `[..., segment]`, rising

    >>> segment_frames(22, 4, torch.full((4,), 0.5)).tolist()
    [2, 8, 13, 19]
    """
    if not 1 <= segments <= frames:
        raise ValueError(f"segments must be in [1, {frames}], got {segments}")
    number = ((torch.arange(segments) + place) * frames / segments).long()
    return number.clamp(max=frames - 1)


def evaluation_frames(frames: Tensor, segments: int) -> Tensor:
    """The middle frame of each segment, unchanged; with as many segments as frames, all of them.

    Shape:
        - Input: `[clip, frame, row, column, 3]`, uint8
        - Output: `[clip, segment, 3, row, column]` in [0, 1]
    """
    chosen = segment_frames(frames.shape[1], segments, torch.full((segments,), 0.5))
    return _scaled(frames[:, chosen.to(frames.device)])


def training_frames(
    frames: Tensor,
    segments: int,
    generator: torch.Generator,
    settings: Augmentation | None = None,
    whole: int | None = None,
    part: slice = slice(None),
) -> Tensor:
    """A random frame of each segment, varied as `settings` say by draws from `generator` (on the CPU).

    Where the clips are a part of a batch of `whole` clips, they are varied as they would be among all of them.

    Shape:
        - Input: `[clip, frame, row, column, 3]`, uint8
        - Output: `[clip, segment, 3, row, column]` in [0, 1]
    """
    settings = settings or Augmentation()
    clips, count, rows, columns, _ = frames.shape

    def draw(*shape: int) -> Tensor:
        return torch.rand((whole or clips, *shape), generator=generator)[part]

    number = segment_frames(count, segments, draw(segments))
    row = _displaced(rows, settings.shift, draw(1))
    column = _displaced(columns, settings.shift, draw(1))
    column = torch.where(draw(1) < settings.flip, column.flip(1), column)
    gain = 1 + settings.brightness * (2 * draw(1, 1, 1, 1) - 1)

    number, row, column, gain = (value.to(frames.device) for value in (number, row, column, gain))
    clip = torch.arange(clips, device=frames.device)[:, None, None, None]
    picked = frames[clip, number[:, :, None, None], row[:, None, :, None], column[:, None, None, :]]
    return (_scaled(picked) * gain).clamp(max=1.0)


def _displaced(side: int, share: float, place: Tensor) -> Tensor:
    """Pixel numbers of a side moved by up to `share` of it, `[clip, side]`; beyond the border, the border."""
    offset = ((2 * place - 1) * share * side).round().long()
    return (torch.arange(side) + offset).clamp(0, side - 1)


def _scaled(frames: Tensor) -> Tensor:
    """uint8 `[..., row, column, 3]` to float `[..., 3, row, column]` in [0, 1]."""
    return frames.movedim(-1, -3).float() / 255
