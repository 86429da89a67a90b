import math

import pytest
import torch

from impactsound.config import Clip
from impactsound.diffusion.energy_encoder import FLOOR, TIMES, EnergyEncoder, modal_energy
from impactsound.physics.modes import Modes
from impactsound.physics.slots import normalise, to_slots

CLIP = Clip(sample_rate=16000, n_fft=512, hop=128)  # bins of 31.25 Hz
DB_PER_NEPER = 20 / math.log(10)


def slots(frequency: list[float], power: list[float], decay: list[float]) -> torch.Tensor:
    values = (torch.tensor([row]) for row in (frequency, power, decay, [0.0] * len(power)))
    return normalise(to_slots(Modes(*values), CLIP), CLIP)


def decibel(slots: torch.Tensor) -> torch.Tensor:
    """Energies in dB, `[time, bin]`."""
    return (1 - modal_energy(slots)[0]) * FLOOR


def test_a_mode_falls_by_its_decay_and_is_heard_around_its_bin():
    heard = decibel(slots([1000.0], [-6.0], [40.0]))
    fall = 40.0 * torch.tensor(TIMES) * DB_PER_NEPER
    torch.testing.assert_close(heard[:, 32], -6.0 - fall, rtol=0, atol=0.05)
    torch.testing.assert_close(heard[:, 33], -6.0 - fall - 1 / 2 * 10 / math.log(10), rtol=0, atol=0.05)
    assert heard[0, 60] == pytest.approx(FLOOR, abs=0.01)


def test_energies_of_modes_add():
    both = 10 ** (decibel(slots([1000.0, 1062.5], [-6.0, -20.0], [40.0, 5.0])) / 10)
    apart = [10 ** (decibel(slots([f], [p], [d])) / 10) for f, p, d in ((1000.0, -6.0, 40.0), (1062.5, -20.0, 5.0))]
    torch.testing.assert_close(both, sum(apart) - 10 ** (FLOOR / 10), rtol=1e-3, atol=1e-9)


def test_without_modes_all_is_at_the_floor():
    assert modal_energy(slots([1000.0], [-math.inf], [40.0])).abs().max() < 1e-6


def test_modes_a_bin_apart_look_alike():
    here, near, far = (modal_energy(slots([f], [-6.0], [40.0])).flatten() for f in (1000.0, 1031.25, 3000.0))
    assert torch.cosine_similarity(here, near, dim=0) > 0.85
    assert torch.cosine_similarity(here, far, dim=0) < 0.01


def inputs(clips: int, bins: int, kinds: int, bands: int) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    modes = 2 * torch.rand(clips, 3, bins, generator=draw) - 1
    return modes, torch.rand(clips, kinds, bands, generator=draw)


@pytest.mark.parametrize(("kinds", "bands"), [(0, 0), (2, 6), (3, 6)])
def test_latent_is_bounded_and_every_weight_learns(kinds, bands):
    encoder = EnergyEncoder(33, (kinds, bands))
    latent = encoder(*inputs(4, 33, kinds, bands))
    assert latent.shape == (4, 256) and latent.abs().max() < 1
    latent.sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in encoder.parameters())


def test_power_decay_and_residual_are_heard():
    encoder = EnergyEncoder(9, (3, 4))
    modes, residual = (values.requires_grad_() for values in inputs(2, 9, 3, 4))
    encoder(modes, residual).square().sum().backward()
    assert modes.grad[:, 1:].abs().min() > 0
    assert residual.grad.abs().min() > 0


def test_standardised_energies_have_no_mean_and_a_unit_spread():
    encoder, (modes, _) = EnergyEncoder(33, (0, 0)), inputs(50, 33, 0, 0)
    encoder.standardise(modes)
    energy = (modal_energy(modes) - encoder.energy_mean) / encoder.energy_std
    torch.testing.assert_close(energy.mean(dim=0), torch.zeros(len(TIMES), 33), rtol=0, atol=1e-5)
    assert energy.square().mean() == pytest.approx(1.0, rel=1e-4)


def test_clips_without_any_mode_can_be_standardised():
    encoder, empty = EnergyEncoder(CLIP.n_bins, (0, 0)), slots([1000.0], [-math.inf], [40.0]).repeat(3, 1, 1)
    encoder.standardise(empty)
    assert encoder(empty, torch.zeros(3, 0, 0)).isfinite().all()
