"""Finding the hits in a video by a trained detector."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from impactsound import weights
from impactsound.errors import InputError
from impactsound.media.ffmpeg import length, read_frames
from impactsound.onset.features import features, piece_of, reach_of, windows
from impactsound.onset.network import REACH, OnsetNetwork
from impactsound.onset.peaks import Picker
from impactsound.progress import progress
from impactsound.vision.tsm import TSM


@dataclass(frozen=True)
class Detector:
    """A trained detector.

    picker, motion_picker: what counts as a hit in the logarithm of the probability, and in the baseline's curve.
    frame_rate: frames/s at which videos are read, frame_size: pixels of the square's side.
    vision: digest of the visual encoder's file that it was trained with.
    """

    network: OnsetNetwork
    picker: Picker
    motion_picker: Picker
    frame_rate: float
    frame_size: int
    vision: str


def load(path: str | Path, vision: str | Path | None = None) -> Detector:
    """Read a detector's file.

    Args:
        vision: the visual encoder's file, to see that it is the one that the detector was trained with.

    Raises:
        InputError: if the file is no detector's, or is of another encoder.
    """
    config = weights.config(path)
    try:
        network = OnsetNetwork(**config["network"])
        pickers = (Picker(**config["picker"]), Picker(**config["motion_picker"]))
        detector = Detector(network, *pickers, *(config[name] for name in ("frame_rate", "frame_size", "vision")))
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: not an onset detector's file ({error}); give that of `onset`") from error
    if vision is not None and weights.digest(vision) != detector.vision:
        raise InputError(f"{path}: was trained with another visual encoder than {vision}; give the two of one model")
    weights.load(path, network)
    return detector


@torch.inference_mode()
def log_probability(path: str | Path, vision: TSM, detector: Detector, piece: int | None = None) -> np.ndarray:
    """Logarithm of the probability of a hit in each frame of a video, `[frame]`.

    The video is read in pieces of `piece` frames that overlap by all that a frame's probability depends on: memory does
    not grow with its length, but by a number a frame.

    Raises:
        InputError: if the file cannot be read, or has no frame.
    """
    frames = read_frames(path, detector.frame_rate, detector.frame_size)
    piece = piece or piece_of(detector.frame_size)
    pieces = windows(frames, piece, reach_of(vision) + REACH)
    count = math.ceil(length(path, "V:0") * detector.frame_rate / piece)
    logits = [
        detector.network.of_video(*features(window, vision))[inner].cpu()
        for window, inner in progress(pieces, "find hits", count)
    ]
    if not logits:
        raise InputError(f"{path}: has no frame; copy or download it again")
    return logsigmoid(torch.cat(logits).float()).numpy()


def find_hits(
    path: str | Path, vision: TSM, detector: Detector, piece: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """When things are struck in a video of any length and frame rate, by its picture alone.

    Args:
        vision: the encoder that the detector was trained with, on the device of the detector's network.

    Returns:
        times in s from the start of the file, rising, and the probability of each, both `[hit]`.

    Raises:
        InputError: if the file cannot be read, or has no frame.
    """
    curve = log_probability(path, vision, detector, piece)
    time, top = detector.picker(curve, detector.frame_rate)
    return time, np.exp(top)
