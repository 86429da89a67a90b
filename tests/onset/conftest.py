"""A small encoder and detector, and films of a bar that falls, rebounds and rests."""

import numpy as np
import pytest
import torch

from impactsound.media.ffmpeg import write_video
from impactsound.onset.find import Detector
from impactsound.onset.network import OnsetNetwork
from impactsound.onset.peaks import Picker
from impactsound.vision.tsm import TSM

RATE, SIDE = 30.0, 48


@pytest.fixture(scope="session")
def vision():
    torch.manual_seed(0)
    return TSM(18, classes=3).eval()


@pytest.fixture(scope="session")
def detector(vision):
    torch.manual_seed(1)
    network = OnsetNetwork(vision.dim, width=8).eval()
    return Detector(network, Picker(-20.0, 0.08), Picker(0.01, 0.08), RATE, SIDE, "0" * 16)


def height(time: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Of the bar, 0 at the hits, up to 1 between them, `[time]`: it falls faster than it rises."""
    since = time[:, None] - hits
    return (1 - np.exp(-np.where(since < 0, 8.0, 4.0) * np.abs(since))).min(1)


def filmed(hits: np.ndarray, n: int, rate: float = RATE, side: int = 96) -> np.ndarray:
    """A bright bar over a dim floor that it strikes at the hits, uint8 `[frame, side, side, 3]`."""
    row = np.arange(side) + 0.5
    place = 0.75 * side - 0.4 * side * height(np.arange(n) / rate, np.asarray(hits))
    cover = np.clip(3.5 - np.abs(row - place[:, None]), 0, 1)  # [frame, row]
    frames = np.full((n, side, side), 60.0)
    frames[:, :, side // 3 : side // 2] += 150 * cover[:, :, None]
    return np.repeat(frames[..., None], 3, axis=-1).astype(np.uint8)


@pytest.fixture(scope="session")
def film():
    """`filmed`, for tests that need no file."""
    return filmed


@pytest.fixture(scope="session")
def bar(tmp_path_factory):
    """Writes such a film: its path, of the hits in s, the number of frames and the rate."""
    folder = tmp_path_factory.mktemp("films")

    def write(hits, n, rate=RATE):
        path = folder / f"{len(list(folder.iterdir()))}.mp4"
        write_video(path, filmed(np.asarray(hits), n, rate), rate)
        return path

    return write
