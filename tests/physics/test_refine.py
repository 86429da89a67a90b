"""Joint refinement and the searches that feed it, against an independent least-squares solver and known sounds."""

import math

import numpy as np
import pytest
import scipy.optimize
import torch

from impactsound.physics.damped import Basis
from impactsound.physics.esprit import Search, search_bands
from impactsound.physics.least_squares import explained_energy, noise_at, noise_lines, solve
from impactsound.physics.matched_filter import search_residual
from impactsound.physics.neighbours import Neighbours
from impactsound.physics.refine import refine

RATE, N = 8000, 1600
LENGTH = torch.tensor([N])
STEPS = torch.tensor([20])


def poles(*modes: tuple[float, float]) -> torch.Tensor:
    """Poles `[1, mode]` of (frequency in Hz, decay in 1/s)."""
    return torch.tensor([[complex(-d, 2 * math.pi * f) / RATE for f, d in modes]], dtype=torch.complex128)


def noise(deviation: float, seed: int = 0) -> torch.Tensor:
    return deviation * torch.randn(1, N, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def sound_of(pole: torch.Tensor, amplitude: torch.Tensor) -> torch.Tensor:
    return Basis(pole, N, LENGTH).sum(amplitude)


TRUE = poles((500.0, 10.0), (508.0, 25.0), (1700.0, 300.0))
AMPLITUDE = torch.tensor([[0.5 + 0.1j, 0.3j, -0.4 + 0.2j]], dtype=torch.complex128)
ALL = torch.ones(1, 3, dtype=torch.bool)


def test_reaches_the_optimum_that_scipy_finds():
    sound = sound_of(TRUE, AMPLITUDE) + noise(0.01)
    start = TRUE + poles((0.7, -1.0), (-0.9, 2.0), (5.0, 20.0))
    first = solve(sound, LENGTH, start, ALL, RATE, torch.zeros(1).double()).amplitude
    pole, amplitude, left = refine(sound, LENGTH, start, first, ALL, RATE, STEPS)
    time = np.arange(N)

    def residual(values):
        s, c = (values[:6].view(complex) / 1000, values[6:].view(complex))  # scaled alike
        return sound[0].numpy() - (c[:, None] * np.exp(s[:, None] * time)).real.sum(0)

    guess = np.concatenate([(1000 * start[0].numpy()).view(float), first[0].numpy().view(float)])
    best = scipy.optimize.least_squares(residual, guess, xtol=1e-14, ftol=1e-14, gtol=1e-14, x_scale="jac")
    assert left.square().sum().item() == pytest.approx(2 * best.cost, rel=1e-6)
    np.testing.assert_allclose(pole[0].numpy(), best.x[:6].view(complex) / 1000, atol=2e-6)
    np.testing.assert_allclose(amplitude[0].numpy(), best.x[6:].view(complex), atol=2e-3)


def test_never_makes_a_fit_worse_and_leaves_a_perfect_one():
    sound = sound_of(TRUE, AMPLITUDE)
    pole, _, left = refine(sound, LENGTH, TRUE, AMPLITUDE, ALL, RATE, STEPS)
    assert left.abs().max() < 1e-12
    torch.testing.assert_close(pole, TRUE, rtol=0, atol=1e-12)
    far = poles((900.0, 10.0), (2500.0, 25.0), (3100.0, 300.0))
    before = (sound - sound_of(far, AMPLITUDE)).square().sum()
    assert refine(sound, LENGTH, far, AMPLITUDE, ALL, RATE, STEPS)[2].square().sum() <= before


def test_no_steps_change_nothing():
    start = TRUE + poles((0.7, -1.0), (-0.9, 2.0), (5.0, 20.0))
    pole, amplitude, _ = refine(sound_of(TRUE, AMPLITUDE), LENGTH, start, AMPLITUDE, ALL, RATE, 0 * STEPS)
    assert torch.equal(pole, start)
    assert torch.equal(amplitude, AMPLITUDE)


def test_modes_in_many_blocks_are_refined_as_in_one():
    """60 modes 40 Hz apart, more than a block holds, all moved by 4e-4 rad/sample: the true ones come back."""
    true = poles(*((100.0 + 40 * k, 20.0 + k) for k in range(60)))
    amplitude = torch.polar(torch.ones(1, 60).double(), torch.arange(60).double()[None])
    used = torch.ones(1, 60, dtype=torch.bool)
    moved = true + poles(*((0.5 * (-1) ** k, 2.0) for k in range(60)))
    pole, *_ = refine(sound_of(true, amplitude), LENGTH, moved, amplitude, used, RATE, STEPS)
    torch.testing.assert_close(pole, true, rtol=0, atol=1e-5)


def test_explained_energy_is_what_leaving_a_mode_out_costs():
    sound, silent = sound_of(TRUE, AMPLITUDE) + noise(0.01), torch.zeros(1).double()
    fit = solve(sound, LENGTH, TRUE, ALL, RATE, silent)
    gain = explained_energy(LENGTH, TRUE, fit.amplitude, ALL)
    for mode in range(3):
        others = ALL.clone()
        others[0, mode] = False
        without = solve(sound, LENGTH, TRUE, others, RATE, silent).left.square().sum()
        assert gain[0, mode].item() == pytest.approx((without - fit.left.square().sum()).item(), rel=1e-2)


def test_noise_is_measured_where_it_is():
    """White noise through a step in frequency: 40 dB more above 2 kHz; a loud tone does not count as noise."""
    spectrum = torch.fft.rfft(noise(0.01))
    spectrum[:, len(spectrum[0]) // 2 :] *= 100
    tone = sound_of(poles((1000.0, 0.1)), torch.ones(1, 1).to(torch.complex128))
    lines = noise_lines(torch.fft.irfft(spectrum, N) + tone, LENGTH, RATE)
    low, high = noise_at(lines, poles((1000.0, 1.0), (3000.0, 1.0)))[0].sqrt().tolist()
    assert low == pytest.approx(0.01, rel=0.3)
    assert high == pytest.approx(1.0, rel=0.3)


def test_a_matched_filter_finds_what_a_mode_is_and_explains():
    true, amplitude = poles((1234.0, 130.0)), torch.tensor([[0.2j]], dtype=torch.complex128)
    sound = sound_of(true, amplitude) + noise(0.01)
    level = torch.full((1, N // 2 + 1), 0.01**2, dtype=torch.float64)
    pole, height, gain = search_residual(sound, LENGTH, level, RATE, 20.0, 4)
    assert pole[0, 0].imag.item() * RATE / (2 * math.pi) == pytest.approx(1234, abs=5)
    assert height[0, 0].abs().item() == pytest.approx(0.2, rel=0.15)
    assert gain[0, 0].item() == pytest.approx(sound_of(true, amplitude).square().sum().item() / 0.01**2, rel=0.15)
    assert gain[0, 1] < 0.2 * gain[0, 0]


def test_sub_bands_part_close_modes_and_leave_noise():
    sound = sound_of(TRUE, AMPLITUDE) + noise(1e-3)
    pole, gain = search_bands(sound, LENGTH, RATE, Search(344.0, 200, 12, 1500.0), 20.0, 8)
    found = pole[gain > 0]
    for true in TRUE[0]:
        nearest = (found - true).abs().min() * RATE / (2 * math.pi)
        assert nearest < 0.05 + 0.05 * -true.real * RATE / (2 * math.pi)
    pole, gain = search_bands(
        noise(1.0, 3).expand(4, N), LENGTH.expand(4), RATE, Search(344.0, 200, 12, 1500.0), 20.0, 8
    )
    assert (gain > 0).sum() <= 4


@pytest.mark.parametrize("count", [1, 15, 16, 17, 70])
def test_neighbours_part_and_join(count):
    values = torch.randperm(count, generator=torch.Generator().manual_seed(count)).double()[None]
    used = torch.ones(1, count, dtype=torch.bool)
    blocks = Neighbours(values, used)
    assert torch.equal(blocks.join(blocks.part(values)), values)
    assert set(blocks.part(values)[blocks.used].tolist()) == set(values[0].tolist())
