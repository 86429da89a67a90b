"""Rendering against closed forms and an independent recursion."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from impactsound.physics.modes import Modes, render_modes

RATE = 16000


def made(lead=(), count=5, seed=0) -> Modes:
    """Random modes in float64."""
    draw = torch.rand(4, *lead, count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return Modes(50 + 7000 * draw[0], -40 * draw[1], 1 + 300 * draw[2], 2 * math.pi * draw[3])


def one(frequency, power, decay, phase) -> Modes:
    return Modes(*(torch.tensor([value], dtype=torch.float64) for value in (frequency, power, decay, phase)))


def test_equals_a_two_pole_filter():
    """x[n] = 2 e^-d cos(w) x[n-1] - e^-2d x[n-2] has the damped cosine as its response."""
    modes, n = made(), 3001
    expected = np.zeros(n)
    impulse = np.eye(1, n)[0]
    for f, p, d, phase in zip(
        *(getattr(modes, k).tolist() for k in ("frequency", "power", "decay", "phase")), strict=True
    ):
        r, w = math.exp(-d / RATE), 2 * math.pi * f / RATE
        a = 10 ** (p / 20)
        expected += lfilter(
            [a * math.cos(phase), -a * r * math.cos(phase - w)],
            [1, -2 * r * math.cos(w), r * r],
            impulse,
        )
    np.testing.assert_allclose(render_modes(modes, n, RATE), expected, atol=1e-10)


def test_falls_by_60_db_in_t60_and_by_nothing_without_decay():
    modes = one(100.0, 0.0, math.log(1000) / 0.1, 0.0)
    assert modes.t60.item() == pytest.approx(0.1)
    sound = render_modes(modes, RATE // 5 + 1, RATE)
    assert sound[RATE // 10].item() == pytest.approx(1e-3, rel=1e-6)
    assert one(100.0, 0.0, 0.0, 0.0).t60.item() == math.inf
    assert render_modes(one(100.0, 0.0, 0.0, 0.0), RATE + 1, RATE)[-1].item() == pytest.approx(1.0)


def test_energy_is_that_of_a_damped_sinusoid():
    """Integral of (a exp(-d t) cos(w t))^2 = a^2/(4 d) + a^2 d/(4 (d^2 + w^2)); summed at a rate far above both."""
    f, d, rate = 300.0, 40.0, 200000
    sound = render_modes(one(f, -6.0, d, 0.0), rate, rate)
    a, w = 10 ** (-6 / 20), 2 * math.pi * f
    expected = a**2 / (4 * d) + a**2 * d / (4 * (d**2 + w**2))
    trapezoid = (sound.square().sum() - sound[0].square() / 2) / rate
    assert trapezoid.item() == pytest.approx(expected, rel=1e-5)


def test_modes_add_and_decibels_scale():
    modes = made((3,))
    whole = render_modes(modes, 999, RATE)
    fields = ("frequency", "power", "decay", "phase")
    halves = [Modes(*(getattr(modes, k)[:, part] for k in fields)) for part in (slice(2), slice(2, None))]
    torch.testing.assert_close(whole, sum(render_modes(half, 999, RATE) for half in halves))
    louder = Modes(modes.frequency, modes.power + 20, modes.decay, modes.phase)
    torch.testing.assert_close(render_modes(louder, 999, RATE), 10 * whole)


@pytest.mark.parametrize("lead", [(), (70,), (2, 3)])
def test_a_batch_is_its_clips(lead):
    modes = made(lead)
    sound = render_modes(modes, 500, RATE)
    assert sound.shape == (*lead, 500)
    last = Modes(*(getattr(modes, k)[(-1,) * len(lead)] for k in ("frequency", "power", "decay", "phase")))
    torch.testing.assert_close(sound[(-1,) * len(lead)], render_modes(last, 500, RATE))


def test_unused_slots_are_silent_with_finite_gradients():
    fields = torch.tensor([[440.0, 0.0], [-6.0, -math.inf], [5.0, 0.0], [0.3, 0.0]], dtype=torch.float64)
    fields.requires_grad_()
    sound = render_modes(Modes(*fields), 400, RATE)
    torch.testing.assert_close(sound, render_modes(Modes(*fields[:, :1]), 400, RATE), rtol=0, atol=0)
    sound.square().sum().backward()
    assert fields.grad.isfinite().all()
    assert (fields.grad[:, 0] != 0).all()
    assert (fields.grad[:, 1] == 0).all()


def test_gradients_are_those_of_finite_differences():
    fields = [getattr(made((2,), 3), k)[:, :3] for k in ("frequency", "power", "decay", "phase")]
    inputs = [field.clone().requires_grad_() for field in fields]
    assert torch.autograd.gradcheck(lambda *fields: render_modes(Modes(*fields), 40, RATE), inputs)


def test_keeps_the_type_and_the_precision_of_high_tones():
    modes = one(15000.0, 0.0, 0.0, 0.0)
    single = Modes(*(field.float() for field in (modes.frequency, modes.power, modes.decay, modes.phase)))
    sound = render_modes(single, 44100, 44100)
    assert sound.dtype == torch.float32
    torch.testing.assert_close(sound.double(), render_modes(modes, 44100, 44100), rtol=0, atol=1e-6)
