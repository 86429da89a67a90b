"""Descriptors of sounds whose centroid, decay and level follow from a formula, and of none."""

import librosa
import numpy as np
import pytest
import torch
from scipy.signal import periodogram

from impactsound.evaluation import descriptors
from impactsound.seeds import generator

RATE, SAMPLES = 16000, 4000
TIME = torch.arange(SAMPLES) / RATE


def tone(frequency, power=1.0):
    """Whole periods, so that nothing leaks."""
    return power * torch.cos(2 * np.pi * frequency * TIME)


def ringing(t60, frequency=1000.0):
    return torch.exp(-np.log(1000) / t60 * TIME) * torch.sin(2 * np.pi * frequency * TIME)


def noise(clips=3):
    return torch.randn(clips, SAMPLES, generator=generator("descriptors"))


def test_the_centroid_of_two_tones_lies_between_them_by_their_energies():
    sound = torch.stack([tone(1000), tone(1000) + tone(4000), tone(1000) + 2 * tone(4000), tone(0)])
    found = descriptors.centroid(sound, RATE)
    assert found.tolist() == pytest.approx([1000, 2500, (1000 + 4 * 4000) / 5, descriptors.LOWEST], rel=1e-4)


def test_the_centroid_is_the_energys_in_the_spectrum_of_scipy():
    sound = noise()
    frequency, density = periodogram(sound.double().numpy(), RATE, detrend=False)
    assert descriptors.centroid(sound, RATE).numpy() == pytest.approx(density @ frequency / density.sum(1), rel=1e-6)


@pytest.mark.parametrize("t60", [0.02, 0.1, 0.25, 0.5])
def test_the_t60_of_a_ringing_tone(t60):
    assert descriptors.t60(ringing(t60)[None], RATE).item() == pytest.approx(t60, rel=0.05)


def test_the_t60_is_numpys_line_through_the_energy_ahead():
    sound = noise(1) * torch.exp(-40 * TIME)
    energy = np.cumsum(sound[0].double().numpy()[::-1] ** 2)[::-1]
    level = 10 * np.log10(energy / energy[0])
    inside = (level <= -5) & (level >= -25)
    slope = np.polyfit(TIME.numpy()[inside], level[inside], 1)[0]
    assert descriptors.t60(sound, RATE).item() == pytest.approx(-60 / slope, rel=1e-6)


def test_what_rings_on_seems_to_ring_for_about_two_clips_and_a_click_for_no_time():
    click = torch.zeros(SAMPLES)
    click[0] = 1
    *steady, dead = descriptors.t60(torch.stack([tone(1000), ringing(1.0), ringing(5.0), click]), RATE).tolist()
    assert np.array(steady) == pytest.approx(2 * SAMPLES / RATE, rel=0.25)
    assert dead == descriptors.SHORTEST


def test_the_weighting_is_librosas_and_so_is_the_level():
    frequency = np.array([31.5, 100, 1000, 2500, 8000])
    found = 20 * descriptors.a_weighting(torch.from_numpy(frequency)).log10().numpy()
    assert found == pytest.approx(librosa.A_weighting(frequency, min_db=None), abs=2e-3)  # its 1 kHz is rounded
    sound = torch.stack([tone(1000), tone(100)])
    expected = -10 * np.log10(2) + librosa.A_weighting(np.array([1000, 100]))
    assert descriptors.level(sound, RATE).numpy() == pytest.approx(expected, abs=2e-3)
    assert descriptors.level(tone(1000).sign()[None], RATE).item() < 1.3  # a full-scale square wave, weighted


def test_no_descriptor_sees_a_gain():
    sound = torch.cat([noise(), ringing(0.1)[None]])
    for name, found in descriptors.describe(0.01 * sound, RATE).items():
        assert found.numpy() == pytest.approx(descriptors.describe(sound, RATE)[name].numpy(), rel=1e-4)


def test_each_sound_is_described_by_itself():
    sound = torch.stack([ringing(0.1), tone(500), torch.zeros(SAMPLES)])
    alone = [descriptors.describe(each[None], RATE) for each in sound]
    for name, found in descriptors.describe(sound, RATE).items():
        assert found.tolist() == pytest.approx([each[name].item() for each in alone])


def test_silence_is_described_and_is_wrong():
    found = descriptors.describe(torch.zeros(1, SAMPLES), RATE)
    assert {name: value.item() for name, value in found.items()} == {
        "centroid": descriptors.LOWEST, "decay": descriptors.SHORTEST, "loudness": descriptors.QUIETEST,
    }  # fmt: skip
    true = descriptors.describe(ringing(0.1)[None], RATE)
    assert all(error.item() > 4 for error in descriptors.errors(true, found).values())


def test_errors_are_octaves_doublings_and_decibels_and_none_of_a_sound_to_itself():
    one = descriptors.describe(torch.stack([ringing(0.1, 1000), tone(1000)]), RATE)
    other = descriptors.describe(torch.stack([ringing(0.2, 1000), tone(2000)]), RATE)
    found = descriptors.errors(one, other)
    assert found["decay_error"][0].item() == pytest.approx(1, abs=0.05)
    assert found["centroid_error"][1].item() == pytest.approx(1, abs=1e-4)
    weighting = librosa.A_weighting(np.array([2000, 1000]))
    assert found["loudness_error"][1].item() == pytest.approx(weighting[0] - weighting[1], abs=1e-3)
    for name, back in descriptors.errors(other, one).items():
        assert back.tolist() == pytest.approx(found[name].tolist())
    assert all(error.abs().max() == 0 for error in descriptors.errors(one, one).values())


@pytest.mark.parametrize("sound", [torch.zeros(0, 5), torch.zeros(5), torch.full((1, 5), torch.nan)])
def test_what_cannot_be_described_is_refused(sound):
    for describe in (descriptors.centroid, descriptors.t60, descriptors.level):
        with pytest.raises(ValueError, match=r"clip, time|finite"):
            describe(sound, RATE)
