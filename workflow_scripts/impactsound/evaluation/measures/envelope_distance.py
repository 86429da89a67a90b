"""How far the level of a sound is from the real one's over time, whatever it is made of: attack, decay and their shape.

Sounds are at a peak of 1. A level is that of the energy in a short window, and has a floor, so that silence has one.
"""

from torch import Tensor
from torch.nn.functional import avg_pool1d

from impactsound.config import Clip
from impactsound.evaluation.judged import Heard

WINDOW = 5e-3  # s
FLOOR = 1e-6  # of the mean square: -60 dB


def measure(real: Heard, made: Heard, clip: Clip) -> Tensor:
    """Mean over the windows of the difference of both levels in dB, `[clip]`."""
    return (level(real.sound, clip) - level(made.sound, clip)).abs().mean(dim=1)


def level(sound: Tensor, clip: Clip) -> Tensor:
    """dB re a mean square of 1 in each of the windows that follow each other.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, window]`
    """
    energy = avg_pool1d(sound[:, None].double().square(), round(WINDOW * clip.sample_rate))[:, 0]
    return 10 * energy.clamp_min(FLOOR).log10()
