"""The Cramer-Rao bound against closed forms, the Jacobian by automatic differentiation, and Monte Carlo."""

import math

import pytest
import torch

from impactsound.physics import cramer_rao
from impactsound.physics.estimate import estimate_modes
from impactsound.physics.modes import Modes, render_modes

RATE, N = 16000, 4000
DRAWS = 128
EMPTY = {"frequency": 0.0, "power": -math.inf, "decay": 0.0, "phase": 0.0}
PAIR = Modes(*torch.tensor([[700.0, 1900.0], [-6.0, -12.0], [20.0, 60.0], [0.4, -1.2]], dtype=torch.float64))


def test_a_long_steady_tone_has_rife_and_boorstyns_bound():
    """var(omega) = 24 sigma^2 / (A^2 N^3) (Rife & Boorstyn 1974, for a real tone); var(decay) is the same."""
    tone = Modes(*(torch.tensor([value], dtype=torch.float64) for value in (3000.0, -6.0206, 1e-3, 0.7)))
    frequency, decay = cramer_rao(tone, 0.01, 16000, RATE)
    expected = math.sqrt(24 * 0.01**2 / (0.5**2 * 16000**3)) * RATE
    assert 2 * math.pi * frequency.item() == pytest.approx(expected, rel=2e-3)
    assert decay.item() == pytest.approx(expected, rel=2e-3)


def test_equals_the_inverse_of_the_information_of_the_jacobian():
    def sound(fields):
        return render_modes(Modes(*fields), 300, RATE)

    fields = torch.stack([PAIR.frequency, PAIR.power, PAIR.decay, PAIR.phase])
    jacobian = torch.autograd.functional.jacobian(sound, fields).flatten(1)
    scale = jacobian.norm(dim=0)
    information = (jacobian / scale).mT @ (jacobian / scale) / 0.05**2
    deviation = (torch.linalg.inv(information).diagonal().sqrt() / scale).unflatten(0, (4, 2))
    frequency, decay = cramer_rao(PAIR, 0.05, 300, RATE)
    torch.testing.assert_close(frequency, deviation[0], rtol=1e-6, atol=0)
    torch.testing.assert_close(decay, deviation[2], rtol=1e-6, atol=0)


def test_is_attained_by_the_estimator_and_beaten_by_none():
    """Errors over many draws of noise: their deviation is the bound, up to the spread of so many draws (6 %) thrice."""
    noise = 0.02 * torch.randn(DRAWS, N, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = estimate_modes(render_modes(PAIR, N, RATE) + noise, RATE, max_modes=2)
    for name, bound in zip(("frequency", "decay"), cramer_rao(PAIR, 0.02, N, RATE), strict=True):
        error = getattr(found, name).gather(-1, found.frequency.argsort(-1)) - getattr(PAIR, name)
        assert error.square().mean(0).sqrt() / bound == pytest.approx(1, abs=0.18)
        assert (error.mean(0).abs() < 4 * bound / math.sqrt(DRAWS)).all()


def test_grows_with_the_noise_and_as_modes_close_up():
    frequency, decay = cramer_rao(PAIR, 0.01, N, RATE)
    louder = cramer_rao(PAIR, 0.03, N, RATE)
    torch.testing.assert_close(louder[0], 3 * frequency)
    torch.testing.assert_close(louder[1], 3 * decay)
    near = Modes(torch.tensor([700.0, 704.0]).double(), PAIR.power, PAIR.decay, PAIR.phase)
    assert (cramer_rao(near, 0.01, N, RATE)[0] > 2 * frequency).all()


def test_unused_slots_are_without_bound_and_change_none():
    padded = Modes(*(torch.cat([getattr(PAIR, name), torch.tensor([value]).double()]) for name, value in EMPTY.items()))
    for bound, alone in zip(cramer_rao(padded, 0.01, N, RATE), cramer_rao(PAIR, 0.01, N, RATE), strict=True):
        assert bound[2] == math.inf
        torch.testing.assert_close(bound[:2], alone)


def test_a_batch_has_its_own_noise():
    twice = Modes(*(getattr(PAIR, name).expand(3, 2) for name in EMPTY))
    frequency, _ = cramer_rao(twice, torch.tensor([0.01, 0.02, 0.04]), N, RATE)
    torch.testing.assert_close(frequency[1:], 2 * frequency[:-1], rtol=1e-6, atol=0)


def test_a_copy_cannot_be_told_from_its_original():
    copies = Modes(*(getattr(PAIR, name)[[0, 0]] for name in EMPTY))
    assert (cramer_rao(copies, 0.01, N, RATE)[0] > 1e3).all()


@pytest.mark.parametrize(("noise", "samples"), [(0.0, N), (-1.0, N), (0.1, 0)])
def test_no_noise_or_no_samples_is_an_error(noise, samples):
    with pytest.raises(ValueError, match="needs samples and noise"):
        cramer_rao(PAIR, noise, samples, RATE)
