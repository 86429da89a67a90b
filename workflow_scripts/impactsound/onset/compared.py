"""The detectors that are compared: the learned one, and the baseline that looks at motion alone."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import logsigmoid

from impactsound.onset.baseline import reversal
from impactsound.onset.features import video_features
from impactsound.onset.find import Detector
from impactsound.vision.tsm import TSM

LEARNED, MOTION = "learned", "motion alone"


@dataclass(frozen=True)
class Seen:
    """What a detector says of a video.

    curve: a value for each frame, `[frame]`. threshold: the least that counts. time: of the hits, s; top: the curve's
    values there, both `[hit]`.
    """

    curve: np.ndarray
    threshold: float
    time: np.ndarray
    top: np.ndarray


@torch.inference_mode()
def compared(path: str | Path, vision: TSM, detector: Detector) -> dict[str, Seen]:
    """What each detector says of a video, by its name; the learned one's curve is the probability.

    Raises:
        InputError: if the file cannot be read, or has no frame.
    """
    change, motion = video_features(path, vision, detector.frame_rate, detector.frame_size)
    place = detector.network.change_scale.device
    curve = logsigmoid(detector.network.of_video(change.to(place), motion.to(place)).float()).cpu().numpy()
    time, top = detector.picker(curve, detector.frame_rate)
    learned = Seen(np.exp(curve), float(np.exp(detector.picker.threshold)), time, np.exp(top))
    curve = reversal(motion)
    alone = Seen(curve, detector.motion_picker.threshold, *detector.motion_picker(curve, detector.frame_rate))
    return {LEARNED: learned, MOTION: alone}
