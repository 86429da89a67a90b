"""Rendering against closed forms and an independent recursion."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from impactsound.physics import modes as modes_module
from impactsound.physics.modes import Modes, render_modes

RATE = 16000
FIELDS = ("frequency", "power", "decay", "phase")


@pytest.fixture
def in_small_pieces(monkeypatch):
    """Three modes of 50 samples at once, so that a sound is pieced together over clips, modes and samples."""
    monkeypatch.setattr(modes_module, "NUMBERS_AT_ONCE", 3 * (2 * 7 + 1))
    monkeypatch.setattr(modes_module, "SAMPLES_AT_ONCE", 50)


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
    for f, p, d, phase in zip(*(getattr(modes, k).tolist() for k in FIELDS), strict=True):
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
    torch.testing.assert_close(sound, render_modes(Modes(*fields[:, :1]), 400, RATE), rtol=0, atol=1e-14)
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


def summed(modes: Modes, n_samples: int, rate: float) -> np.ndarray:
    """The definition, in float64."""
    time = np.arange(n_samples) / rate
    f, power, decay, phase = (getattr(modes, k).double().numpy()[..., None] for k in FIELDS)
    return (10 ** (power / 20) * np.exp(-decay * time) * np.cos(2 * np.pi * f * time + phase)).sum(-2)


def test_single_precision_equals_the_sum_in_double():
    single = Modes(*(getattr(made((2,), 1025), k).float() for k in FIELDS))
    expected = summed(single, 11025, RATE)
    error = np.abs(render_modes(single, 11025, RATE).numpy() - expected).max()
    assert error < 1e-6 * np.abs(expected).max()


@pytest.mark.parametrize("lead", [(), (5,)])
@pytest.mark.parametrize("n_samples", [0, 1, 50, 333])
def test_pieces_make_the_whole(in_small_pieces, lead, n_samples):
    modes = made(lead, 8)
    sound = render_modes(modes, n_samples, RATE)
    np.testing.assert_allclose(sound, summed(modes, n_samples, RATE), rtol=0, atol=1e-12)


def test_gradients_of_pieces_after_an_onset_are_those_of_finite_differences(in_small_pieces):
    inputs = [getattr(made((3,), 4), k).requires_grad_() for k in FIELDS]
    onset = torch.tensor([0, 7, 300]) / RATE
    assert torch.autograd.gradcheck(
        lambda *fields: render_modes(Modes(*fields), 60, RATE, onset), inputs, fast_mode=True
    )
    render_modes(Modes(*inputs), 60, RATE, onset).square().sum().backward()
    assert (inputs[1].grad[:2] != 0).all() and (inputs[1].grad[2] == 0).all()


def test_no_clips_and_no_modes_are_silence():
    assert render_modes(made((0,), 4), 20, RATE).shape == (0, 20)
    assert (render_modes(made((2,), 0), 20, RATE) == torch.zeros(2, 20)).all()


def test_modes_start_at_the_onset_to_the_nearest_sample():
    modes, start = made((2, 3)), torch.tensor([[0, 1, 250], [499, 500, 900]])
    whole = render_modes(modes, 500, RATE)
    later = render_modes(modes, 500, RATE, (start + 0.4) / RATE)
    for clip, by in np.ndenumerate(start.numpy()):
        expected = torch.cat([torch.zeros(min(by, 500)), whole[clip]])[:500]
        torch.testing.assert_close(later[clip], expected.double(), rtol=0, atol=0)


@pytest.mark.parametrize("frequency", [RATE / 2, 0.6 * RATE, RATE, 10 * RATE])
def test_modes_at_half_the_sample_rate_or_above_are_silent(frequency):
    assert (render_modes(one(frequency, 0.0, 1.0, 0.3), 200, RATE) == 0).all()
    both = Modes(*(torch.cat([getattr(one(f, 0.0, 1.0, 0.3), k) for f in (500.0, frequency)]) for k in FIELDS))
    low = render_modes(one(500.0, 0.0, 1.0, 0.3), 200, RATE)
    torch.testing.assert_close(render_modes(both, 200, RATE), low, rtol=0, atol=1e-14)
    assert render_modes(one(0.499 * RATE, 0.0, 1.0, 0.3), 200, RATE).abs().max() > 0.9


PEAK = """
import sys
import torch
from impactsound.physics.modes import Modes, render_modes

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

clips, modes, n_samples, slopes = map(int, sys.argv[1:])
onset = torch.full((clips,), 0.01)
small = [torch.full((2, 2), 9.0, requires_grad=True) for _ in range(4)]
render_modes(Modes(*small), 100, 44100).sum().backward()
before = peak()
fields = [torch.rand(clips, modes).mul_(scale).requires_grad_(bool(slopes)) for scale in (9000, -60, 300, 6)]
sound = render_modes(Modes(*fields), n_samples, 44100, onset)
if slopes:
    sound.backward(torch.ones_like(sound))
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak memory from /proc")
@pytest.mark.parametrize(
    "clips, modes, n_samples, slopes",
    [(60, 1025, 11025, 1), (1, 20000, 11025, 0), (1, 2, 10**7, 0), (1500, 2, 11025, 0)],
)
def test_memory_is_that_of_fields_and_sound_and_a_bounded_rest(clips, modes, n_samples, slopes):
    """In MiB: the fields, the sound and the sound before its delay, with gradients twice."""
    held = 4 * (4 * clips * modes + 2 * clips * n_samples) * (1 + slopes) / 2**20
    arguments = [str(number) for number in (clips, modes, n_samples, slopes)]
    ran = subprocess.run([sys.executable, "-c", PEAK, *arguments], capture_output=True, text=True, check=True)
    assert float(ran.stdout) < held + (150 if slopes else 60)
