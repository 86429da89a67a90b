"""Noise has the level that is asked for, rooms ring for as long, and a clip's are its own."""

import numpy as np
import pytest
import scipy.signal
import torch

from impactsound.media.disturb import convolve, disturb, room

RATE = 16000
CLIPS = [f"v/{number}" for number in range(4)]


@pytest.fixture
def sound():
    draw = torch.Generator().manual_seed(0)
    ring = torch.randn(4, RATE // 4, generator=draw) * torch.exp(-20 * torch.arange(RATE // 4) / RATE)
    return ring / ring.abs().amax(1, keepdim=True)


@pytest.mark.parametrize("snr", [30.0, 10.0, 0.0])
def test_the_noise_has_the_ratio_asked_for(sound, snr):
    made, louder = disturb(sound, CLIPS, RATE, 0, snr=snr)
    noise = made * louder[:, None] - sound
    ratio = 10 * torch.log10(sound.square().sum(1) / noise.square().sum(1))
    assert torch.allclose(ratio, torch.tensor(snr), atol=1e-3)
    assert torch.allclose(made.abs().amax(1), torch.ones(4))


def test_a_room_falls_by_sixty_decibels_in_its_time():
    response = room([f"{number}" for number in range(400)], RATE, RATE, 0.5, 0)
    assert torch.equal(response[:, 0], torch.ones(400))
    assert torch.allclose(response[:, 1:].square().sum(1), torch.ones(400))
    level = 10 * torch.log10(response[:, 100:].square().mean(0))
    slope = np.polyfit(np.arange(100, RATE) / RATE, level.numpy(), 1)[0]
    assert slope == pytest.approx(-60 / 0.5, rel=0.01)


def test_the_convolution_is_scipys(sound):
    response = room(CLIPS, sound.shape[1], RATE, 0.3, 1)
    wanted = [
        scipy.signal.fftconvolve(*pair)[: sound.shape[1]] for pair in zip(sound.numpy(), response.numpy(), strict=True)
    ]
    assert np.allclose(convolve(sound, response).numpy(), wanted, atol=1e-5)


def test_a_clip_is_disturbed_as_it_would_be_alone(sound):
    whole, peak = disturb(sound, CLIPS, RATE, 3, 10.0, 0.4)
    alone, its = disturb(sound[2:3], CLIPS[2:3], RATE, 3, 10.0, 0.4)
    assert torch.allclose(whole[2:3], alone, atol=1e-6) and torch.allclose(peak[2:3], its)
    assert not torch.allclose(whole[2:3], disturb(sound[2:3], ["v/9"], RATE, 3, 10.0, 0.4)[0], atol=0.01)


def test_nothing_asked_for_changes_nothing_and_silence_stays_silent(sound):
    made, louder = disturb(sound, CLIPS, RATE, 0)
    assert torch.allclose(made, sound) and torch.allclose(louder, torch.ones(4))
    silent, peak = disturb(torch.zeros(1, 100), ["s"], RATE, 0, 10.0, 0.2)
    assert not silent.any() and not peak.any()
