"""Where a clip lies in its video: which frame and which sample it begins with."""

import math

from impactsound.config import Clip


def first_frame(onset: float, clip: Clip) -> int:
    """Number, in the video at the clip's frame rate, of the first of the frames around an onset.

    It is negative where the window begins before the video.

    >>> first_frame(1.0, Clip(frame_rate=30.0, frames=22))
    19
    """
    return math.floor(onset * clip.frame_rate + 1e-6) - clip.frames_before


def first_sample(onset: float, clip: Clip) -> int:
    """Number, at the clip's sample rate, of the sample at an onset."""
    return round(onset * clip.sample_rate)
