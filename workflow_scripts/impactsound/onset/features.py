"""What a video shows of an impact, frame by frame: how the visual latent changes, and what moves.

`change` is the visual encoder's latent of each frame less that of the frame before, `[frame, dim]`; the look of what
stands still is not in it. `motion` is that of `impactsound.onset.motion`. Both are 0 at the first frame. Of a video
with fewer frames a second some are read twice: the second has the change and motion of the first.

A video is read in pieces that overlap by the encoder's reach, so that memory does not grow with its length, and every
feature is that of the video in one piece up to rounding.

Schema `onset_features/1`: `clip` (names of videos), `length` (number of frames of each video) and `pace` (in
which each is seen, see `views`), both [video], and of all frames, one video after the other, `change` and `motion`
(float16).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor

from impactsound import store
from impactsound.errors import InputError
from impactsound.onset.motion import motion
from impactsound.onset.views import View
from impactsound.parallel import in_order
from impactsound.progress import progress
from impactsound.vision.frames import evaluation_frames
from impactsound.vision.tsm import TSM

SCHEMA = "onset_features/1"
PARTS = ("change", "motion")
PIXELS = 2**20  # of the frames of a piece
FEWEST = 64  # frames of a piece, however large
PLAIN = View()


def windows(frames: Iterable[np.ndarray], piece: int, reach: int) -> Iterator[tuple[Tensor, slice]]:
    """Pieces of a stream of frames, each with up to `reach` frames on either side, and where in it the piece lies.

    Shape:
        - Output: `[frame, ...]`

    >>> frames = [np.array(number) for number in range(5)]
    >>> [(window.tolist(), window[inner].tolist()) for window, inner in windows(frames, 3, 1)]
    [([0, 1, 2, 3], [0, 1, 2]), ([2, 3, 4], [3, 4])]
    """
    held: list[np.ndarray] = []
    before = 0  # frames at the start of `held` that an earlier piece had
    for frame in frames:
        held.append(frame)
        if len(held) == before + piece + reach:
            yield torch.from_numpy(np.stack(held)), slice(before, before + piece)
            done = before + piece
            before = min(reach, done)
            held = held[done - before :]
    if len(held) > before:
        yield torch.from_numpy(np.stack(held)), slice(before, len(held))


def piece_of(frame_size: int) -> int:
    """How many frames are looked at together."""
    return max(FEWEST, PIXELS // frame_size**2)


def reach_of(vision: TSM) -> int:
    """How many frames away features look: one a block of the encoder, one for the change, and one for repeats."""
    net = vision.resnet
    return 2 + sum(len(layer) for layer in (net.layer1, net.layer2, net.layer3, net.layer4))


def latents(vision: TSM, frames: Tensor) -> Tensor:
    """The visual latent with its frames kept apart: their mean is `TSM.latent`.

    Shape:
        - Input: `[frame, 3, row, column]` in [0, 1]
        - Output: `[frame, dim]`
    """
    return vision.maps(frames[None])[0].mean((2, 3))


def features(frames: Tensor, vision: TSM) -> tuple[Tensor, Tensor]:
    """`change` and `motion` of successive frames, on the encoder's device.

    Shape:
        - Input: `[frame, row, column, 3]`, uint8
        - Output: `[frame, dim]`, `[frame, channel, row, column]`
    """
    pictures = evaluation_frames(frames[None], len(frames))[0].to(next(vision.parameters()).device)
    seen, kept = latents(vision, pictures), going_on(frames)
    return torch.diff(seen, dim=0, prepend=seen[:1])[kept], motion(pictures)[kept]


def going_on(frames: Tensor) -> Tensor:
    """Whose change each frame has: its own, or that of the frame before, which it is the first to repeat; `[frame]`.

    Where nothing moves all frames are alike, too, so that only the first of them goes on as the one before.

    >>> going_on(torch.tensor([5, 6, 6, 7, 7, 7, 8])[:, None]).tolist()
    [0, 1, 1, 3, 3, 5, 6]
    """
    same = (frames[1:] == frames[:-1]).flatten(1).all(1)
    same = torch.cat([same.new_zeros(1), same])
    first = same & ~torch.cat([same.new_zeros(1), same[:-1]])
    return torch.arange(len(frames)) - first.long()


@torch.inference_mode()
def video_features(
    path: str | Path, vision: TSM, frame_rate: float, frame_size: int, view: View = PLAIN
) -> tuple[Tensor, Tensor]:
    """`change` and `motion` of a whole video, on the CPU.

    Raises:
        InputError: if the file cannot be read, or has no frame.
    """
    frames = view.frames(path, frame_rate, frame_size)
    pieces = [
        [part[inner].cpu() for part in features(window, vision)]
        for window, inner in windows(frames, piece_of(frame_size), reach_of(vision))
    ]
    if not pieces:
        raise InputError(f"{path}: has no frame; copy or download it again")
    change, moves = zip(*pieces, strict=True)
    return torch.cat(change), torch.cat(moves)


def write(
    path: str | Path,
    videos: Mapping[str, tuple[str, View]],
    vision: TSM,
    frame_rate: float,
    frame_size: int,
    workers: int = 1,
    config: Mapping | None = None,
    source: Mapping | None = None,
) -> None:
    """Write the features of videos, the same whatever the number of workers.

    Args:
        videos: path and view by name. workers: videos read at a time; memory grows with it and with their length.
        config, source: further settings, and what the file is made from, for its attributes.
    """
    notes = {"frame_rate": frame_rate, "frame_size": frame_size, **(config or {})}

    def work(video: tuple[str, View]) -> tuple[Tensor, Tensor]:
        path, view = video
        return video_features(path, vision, frame_rate, frame_size, view)

    lengths = []
    with store.create(path, SCHEMA, notes, source or {}) as file:
        store.write_clips(file, list(videos))
        for parts in progress(in_order(work, list(videos.values()), workers), "onset features", len(videos)):
            lengths.append(len(parts[0]))
            for name, values in zip(PARTS, parts, strict=True):
                _append(file, name, values.numpy())
        file.create_dataset("length", data=np.asarray(lengths, np.int64))
        file.create_dataset("pace", data=np.asarray([view.pace for _, view in videos.values()]))


class Features:
    """The features of some videos, read from an open file piece by piece.

    frames: how many each has, int64 `[video]`; pace: in which each is seen, `[video]`; dim: length of the latent.
    """

    def __init__(self, file: h5py.File, videos: Sequence[str]):
        rows = store.rows(file, videos)
        length = file["length"][:]
        self.file, self.start, self.frames = file, (length.cumsum() - length)[rows], length[rows]
        self.pace = file["pace"][:][rows]
        self.dim = file["change"].shape[1]

    def __len__(self) -> int:
        return len(self.frames)

    def read(self, video: int, start: int, n: int) -> tuple[Tensor, Tensor]:
        """`change` and `motion` of `n` frames of a video from one on, float32; beyond its ends there is 0."""
        low, high = max(start, 0), min(start + n, int(self.frames[video]))
        rows = slice(int(self.start[video]) + low, int(self.start[video]) + high)
        return tuple(_within(self.file[name], rows, low - start, n) for name in PARTS)

    def whole(self, video: int) -> tuple[Tensor, Tensor]:
        """`change` and `motion` of all frames of a video."""
        return self.read(video, 0, int(self.frames[video]))


def _within(dataset: h5py.Dataset, rows: slice, place: int, n: int) -> Tensor:
    """Rows of a dataset from a place on in `n` rows, the others being 0."""
    values = torch.zeros(n, *dataset.shape[1:])
    values[place : place + rows.stop - rows.start] = torch.from_numpy(dataset[rows])
    return values


def _append(file: h5py.File, name: str, values: np.ndarray) -> None:
    if name not in file:
        shape = values.shape[1:]
        file.create_dataset(name, (0, *shape), np.float16, maxshape=(None, *shape), chunks=(FEWEST, *shape))
    start = len(file[name])
    file[name].resize(start + len(values), axis=0)
    file[name][start:] = values
