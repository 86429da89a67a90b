"""The residual's noise has the bands, levels, delays and decays that it is told."""

import math

import numpy as np
import pytest
import scipy.signal
import torch

from impactsound.physics.residual import RISE, Residual, noise_bands, render_residual
from impactsound.seeds import generator


def residual(weight, delay, t60):
    """A residual from numbers."""
    return Residual(*torch.broadcast_tensors(*(torch.as_tensor(values) for values in (weight, delay, t60))))


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


@pytest.mark.parametrize("delay", [0.0, 0.2])
def test_a_band_falls_by_60_db_in_its_t60_after_its_delay(delay):
    noise = noise_bands(3, 16000, 8000, seed=0)
    sound = render_residual(residual([0.0, 0.5, 0.0], delay, 1.0), noise, 8000)
    level = sound[round(8000 * delay) :].reshape(20, -1).square().mean(1).log10() * 10
    middle = (torch.arange(20) + 0.5) * (2 - delay) / 20
    slope, start = np.polyfit(middle.numpy(), level.numpy(), 1)
    assert slope == pytest.approx(-60, rel=0.05)
    assert start == pytest.approx(20 * math.log10(0.5), abs=2)


def test_a_band_is_silent_until_shortly_before_its_delay_and_whole_at_it():
    noise = noise_bands(3, 4000, 8000, seed=0)
    late = render_residual(residual([0.3, 0.5, 0.2], 0.1, 1e6), noise, 8000)
    always = render_residual(residual([0.3, 0.5, 0.2], 0.0, 1e6), noise, 8000)
    silent = round((0.1 - RISE) * 8000)
    assert late[:silent].abs().max() < 1e-7
    torch.testing.assert_close(late[800:], always[800:], rtol=0, atol=1e-4)
    rising = (late / always)[silent:801]
    assert (rising.diff() > -1e-3).all() and ((rising > 0.2) & (rising < 0.8)).any()


def test_rendering_is_the_sum_of_the_formula():
    noise = noise_bands(4, 1000, 8000, seed=0)
    told = residual([0.1, 0.4, 0.2, 0.3], [0.0, 0.01, 0.02, 0.005], [0.02, 0.1, 0.03, 0.4])
    time = torch.arange(1000) / 8000
    after = time - told.delay[:, None]
    expected = (told.weight[:, None] * 10 ** (-3 * after / told.t60[:, None]) * noise * (after >= 0)).sum(0)
    error = render_residual(told, noise, 8000) - expected
    rising = ((after < 0) & (after > -RISE)).any(0)
    assert error[~rising].abs().max() < 0.01 * expected.abs().max()


def test_rendering_is_linear_in_the_weights_and_batched():
    noise = noise_bands(5, 1001, 8000, seed=0)
    weight = torch.rand(2, 3, 5, generator=generator("w"))
    delay = 0.02 * torch.rand(2, 3, 5, generator=generator("d"))
    t60 = 0.05 + torch.rand(2, 3, 5, generator=generator("t"))
    sound = render_residual(Residual(weight, delay, t60), noise, 8000)
    assert sound.shape == (2, 3, 1001)
    torch.testing.assert_close(render_residual(Residual(2 * weight, delay, t60), noise, 8000), 2 * sound)
    one = Residual(weight[1, 2], delay[1, 2], t60[1, 2])
    torch.testing.assert_close(render_residual(one, noise, 8000), sound[1, 2])


def test_the_gradients_are_those_of_the_sound():
    noise = noise_bands(3, 200, 8000, seed=0).double()
    told = torch.tensor([[0.3, 0.5, 0.2], [0.0012, 0.0043, 0.0101], [0.02, 0.03, 0.04]], dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda *fields: render_residual(Residual(*fields), noise, 8000), [values.requires_grad_() for values in told]
    )


def test_no_bands_are_silent():
    noise = noise_bands(0, 100, 8000, seed=0)
    assert noise.shape == (0, 100)
    sound = render_residual(Residual(*torch.zeros(3, 2, 0)), noise, 8000)
    assert torch.equal(sound, torch.zeros(2, 100))
