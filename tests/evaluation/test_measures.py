"""Further figures of each clip, which the config names: those that there are, and how any is taken into the tables."""

import math

import numpy as np
import pytest
import torch

from impactsound import plugins
from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.evaluation.judged import Heard, read_measures
from impactsound.evaluation.measures import envelope_distance

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)
TIME = torch.arange(CLIP.n_samples) / CLIP.sample_rate


def heard(sound):
    return Heard(sound, torch.zeros(len(sound), 2), torch.full((len(sound), 2), 0.5), {})


def decaying(rates, frequency=1000.0):
    return torch.exp(-torch.tensor(rates)[:, None] * TIME) * torch.sin(2 * math.pi * frequency * TIME)


def test_names_are_read_in_their_order_and_an_unknown_one_is_refused():
    assert read_measures([]) == {}
    assert read_measures(["envelope_distance"]) == {"envelope_distance": envelope_distance.measure}
    with pytest.raises(InputError, match=r"evaluation\.measures = 'loudest' is unknown; known are envelope_distance"):
        read_measures(["loudest"])


@pytest.mark.parametrize("name", plugins.names(plugins.MEASURES))
def test_every_measure_is_finite_of_any_sounds(name):
    (measure,) = read_measures([name]).values()
    noise = torch.rand(6, CLIP.n_samples, generator=torch.Generator().manual_seed(0)) - 0.5
    for sound in (noise, torch.zeros_like(noise), -noise):
        values = measure(heard(noise), heard(sound), CLIP)
        assert values.shape == (6,) and values.isfinite().all()


def test_envelopes_of_decays_part_at_the_difference_of_their_rates():
    """The levels of exp(-a t) and exp(-b t) are 20 / ln 10 |a - b| t dB apart; its mean is that at the middle."""
    pairs = [(10.0, 12.0), (20.0, 15.0), (8.0, 8.0)]
    found = envelope_distance.measure(*(heard(decaying(rates)) for rates in zip(*pairs, strict=True)), CLIP)
    middle = CLIP.duration / 2
    expected = [20 / math.log(10) * abs(one - other) * middle for one, other in pairs]
    np.testing.assert_allclose(found, expected, rtol=0.02, atol=1e-9)


def test_envelopes_do_not_tell_of_what_a_sound_is_made():
    low, high = (heard(decaying([15.0], frequency)) for frequency in (1000.0, 2600.0))
    assert envelope_distance.measure(low, high, CLIP).item() < 0.1
    assert envelope_distance.measure(low, heard(low.sound.flip(1)), CLIP).item() > 5


def test_silence_is_at_the_floor():
    loud = heard(torch.ones(1, CLIP.n_samples))
    silent = heard(torch.zeros(1, CLIP.n_samples))
    assert envelope_distance.measure(loud, silent, CLIP).item() == pytest.approx(60)
