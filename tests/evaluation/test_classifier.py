"""The classifier's training sounds."""

import torch

from impactsound.evaluation.classifier import GAIN_RANGE, augment
from impactsound.seeds import generator


def test_a_part_of_a_batch_has_the_gains_that_it_has_among_the_whole():
    sound = torch.ones(8, 5)
    whole = augment(sound, generator("gain"))
    assert torch.equal(augment(sound[3:6], generator("gain"), 8, slice(3, 6)), whole[3:6])
    assert GAIN_RANGE[0] <= whole.min() < whole.max() <= GAIN_RANGE[1]
