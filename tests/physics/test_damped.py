"""Closed forms of damped sinusoids against sums taken sample by sample."""

import math

import pytest
import torch

from impactsound.physics.damped import DECAY_FLOOR, Basis, gram, powers

RATE, N = 44100, 1000
LENGTH = torch.tensor([N, 700])


def drawn() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Poles from a hardly damped to a very fast one, amplitudes, and the exponentials, `[clip, mode, time]`."""
    seed = torch.Generator().manual_seed(0)
    frequency = 1 + 2.5 * torch.rand(2, 4, generator=seed, dtype=torch.float64)
    decay = torch.tensor([1.0, 30.0, 900.0, 9000.0], dtype=torch.float64).expand(2, 4) / RATE
    pole, time = torch.complex(-decay, frequency), torch.arange(N, dtype=torch.float64)
    wave = torch.exp(pole[..., None] * time) * (time < LENGTH[:, None])[:, None]
    return pole, torch.randn(2, 4, generator=seed, dtype=torch.complex128), wave


def test_inner_products_are_those_of_the_sequences():
    pole, amplitude, wave = drawn()
    plain = torch.cat([wave.real, (1j * wave).real], 1)
    torch.testing.assert_close(gram(pole, LENGTH), plain @ plain.mT, rtol=1e-9, atol=1e-9)
    ramp = amplitude[..., None] * torch.arange(N) * wave
    tangent = torch.cat([plain, ramp.real, (1j * ramp).real], 1)
    expected = tangent @ tangent.mT
    size = expected.diagonal(dim1=-2, dim2=-1).sqrt()
    error = (gram(pole, LENGTH, amplitude) - expected) / (size[:, :, None] * size[:, None])
    assert error.abs().max() < 1e-8


def test_inner_products_of_modes_that_outlast_the_clip_are_exact_enough():
    """The sums of n^2 divide by the cube of 1 - z, which is 2e-8 here."""
    pole = torch.tensor([[complex(-DECAY_FLOOR / RATE, 0.3)]], dtype=torch.complex128)
    time = torch.arange(11025, dtype=torch.float64)
    square = (time * torch.exp(-DECAY_FLOOR / RATE * time)).square().sum()
    found = gram(pole, torch.tensor([11025]), torch.ones_like(pole)).diagonal(dim1=-2, dim2=-1)[0, 2:].sum()
    assert found.item() == pytest.approx(square.item(), rel=1e-3)


def test_sums_and_projections_are_those_of_the_sequences():
    pole, amplitude, wave = drawn()
    basis, sound = Basis(pole, N, LENGTH), torch.randn(2, N, generator=torch.Generator().manual_seed(1)).double()
    torch.testing.assert_close(basis.sum(amplitude), (amplitude[..., None] * wave).real.sum(1))
    plain, ramp = basis.project(sound)
    torch.testing.assert_close(plain, (wave * sound[:, None]).sum(-1))
    torch.testing.assert_close(ramp, (wave * sound[:, None] * torch.arange(N)).sum(-1))


@pytest.mark.parametrize("count", [1, 2, 9, 10])
def test_powers(count):
    pole = torch.tensor([complex(-0.1, 1.0), complex(-1e-6, math.pi)], dtype=torch.complex128)
    torch.testing.assert_close(powers(pole, count), torch.exp(pole[:, None] * torch.arange(count)))
