"""The residual's noise has the bands, levels and decays that it is told, and the encoder can learn them."""

import math

import numpy as np
import pytest
import scipy.signal
import torch

from impactsound.config import Clip
from impactsound.physics.residual import (
    T60_RANGE,
    WEIGHT_FLOOR,
    ResidualEncoder,
    noise_bands,
    normalise,
    render_residual,
)
from impactsound.physics.residual_training import ReconstructionLoss, train_residual
from impactsound.seeds import generator
from impactsound.training import Training

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)


def encoder(bands=6):
    torch.manual_seed(0)
    return ResidualEncoder(CLIP, bands, width=32, layers=1, heads=2, dropout=0.0, seed=0)


def test_bands_have_unit_level_and_lie_where_they_should():
    noise = noise_bands(10, 8000, 8000, seed=0)
    assert noise.square().mean(-1).sqrt().numpy() == pytest.approx(np.ones(10), rel=1e-4)
    frequency, power = scipy.signal.welch(noise.numpy(), 8000, nperseg=1024)
    centre = (power * frequency).sum(1) / power.sum(1)
    top = math.log1p(4000 / 700)
    expected = 700 * np.expm1((np.arange(10) + 0.5) / 10 * top)
    assert centre == pytest.approx(expected, rel=0.12)


def test_the_draw_is_fixed_by_the_seed():
    assert torch.equal(noise_bands(4, 500, 8000, 1), noise_bands(4, 500, 8000, 1))
    assert not torch.equal(noise_bands(4, 500, 8000, 1), noise_bands(4, 500, 8000, 2))


def test_a_band_falls_by_60_db_in_its_t60():
    noise = noise_bands(3, 16000, 8000, seed=0)
    sound = render_residual(torch.tensor([0.0, 0.5, 0.0]), torch.full((3,), 1.0), noise, 8000)
    level = sound.reshape(20, -1).square().mean(1).log10() * 10  # of every 0.1 s
    middle = (torch.arange(20) + 0.5) * 0.1
    slope, start = np.polyfit(middle.numpy(), level.numpy(), 1)
    assert slope == pytest.approx(-60, rel=0.05)
    assert start == pytest.approx(20 * math.log10(0.5), abs=2)


def test_rendering_is_linear_in_the_weights_and_batched():
    noise = noise_bands(5, 1000, 8000, seed=0)
    weight = torch.rand(2, 3, 5, generator=generator("w"))
    t60 = 0.05 + torch.rand(2, 3, 5, generator=generator("t"))
    sound = render_residual(weight, t60, noise, 8000)
    assert sound.shape == (2, 3, 1000)
    torch.testing.assert_close(render_residual(2 * weight, t60, noise, 8000), 2 * sound)
    torch.testing.assert_close(render_residual(weight[1, 2], t60[1, 2], noise, 8000), sound[1, 2])


def test_normalised_to_the_unit_interval():
    weight = torch.tensor([10 ** (WEIGHT_FLOOR / 20), 10 ** (WEIGHT_FLOOR / 40), 1.0, 0.0])
    t60 = torch.tensor([T60_RANGE[0], math.sqrt(T60_RANGE[0] * T60_RANGE[1]), T60_RANGE[1], 9.0])
    scaled = torch.stack(normalise(weight, t60))
    torch.testing.assert_close(scaled, torch.tensor([[0, 0.5, 1, 0], [0, 0.5, 1, 1]]), atol=1e-5, rtol=0)


def test_the_encoder_stays_in_its_ranges_and_every_parameter_learns():
    network = encoder()
    sound = torch.randn(3, CLIP.n_samples, generator=generator("s"))
    weight, t60 = network(sound)
    assert weight.shape == t60.shape == (3, 6)
    assert ((weight > 0) & (weight <= 1)).all()
    assert ((t60 > T60_RANGE[0]) & (t60 < T60_RANGE[1])).all()
    ReconstructionLoss(CLIP)(network, sound, torch.zeros_like(sound)).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_learns_the_level_and_decay_of_noise(tmp_path):
    """Sounds rendered from known bands: after training, the rendering is far nearer than before."""
    network = encoder()
    weight = 10 ** (-2 * torch.rand(96, 6, generator=generator("w")))
    t60 = 0.03 + 0.3 * torch.rand(96, 6, generator=generator("t"))
    sound = network.render(weight, t60)
    silent = torch.zeros_like(sound)
    before = ReconstructionLoss(CLIP)(network, sound[64:], silent[64:]).item()
    settings = Training(steps=150, batch=16, learning_rate=3e-3, validate_every=50)
    history = train_residual(network, (sound[:64], silent[:64]), (sound[64:], silent[64:]), settings, tmp_path, ("r",))
    assert history.loss.min() < 0.5 * before
