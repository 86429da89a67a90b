"""Edits against the laws of bodies, closed forms and identities."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from impactsound.physics.edits import change_material, scale_damping, scale_size, shift_lowest, shift_power, tilt
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.objects import MATERIALS, Bar, Membrane, Plate, decays

RATE = 16000
FIELDS = ("frequency", "power", "decay", "phase")
GLASS, METAL, PLASTIC, WOOD = (MATERIALS[name] for name in ("glass", "metal", "plastic", "wood"))

EDITS = {
    "size": lambda modes: scale_size(modes, 1.7),
    "damping": lambda modes: scale_damping(modes, 3.0),
    "power": lambda modes: shift_power(modes, -7.0, 0.0, 2000.0),
    "lowest": lambda modes: shift_lowest(modes, 3, -9.0, 0.5),
    "tilt up": lambda modes: tilt(modes, 2.0, 1000.0),
    "tilt down": lambda modes: tilt(modes, -2.0, 1000.0),
    "material": lambda modes: change_material(modes, METAL, WOOD),
}
IDENTITIES = {
    "size": lambda modes: scale_size(modes, 1),
    "damping": lambda modes: scale_damping(modes, 1),
    "power": lambda modes: shift_power(modes, 0, 0, math.inf),
    "empty band": lambda modes: shift_power(modes, 9, 1000, 1000),
    "lowest": lambda modes: shift_lowest(modes, 3, 0, 1),
    "none": lambda modes: shift_lowest(modes, 0, 9, 2),
    "tilt": lambda modes: tilt(modes, 0, 440),
    "material": lambda modes: change_material(modes, GLASS, GLASS),
}
edits = pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)


def made(lead=(), count=6, seed=0, dtype=torch.float64) -> Modes:
    """Random modes."""
    draw = torch.rand(4, *lead, count, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)
    return Modes(50 + 3900 * draw[0], -40 * draw[1], 1 + 300 * draw[2], 2 * math.pi * draw[3])


def one(frequency=500.0, power=0.0, decay=20.0, phase=0.0) -> Modes:
    return Modes(*(torch.tensor([value], dtype=torch.float64) for value in (frequency, power, decay, phase)))


def energy(modes: Modes) -> float:
    """Of the sound until it is gone."""
    return render_modes(modes, RATE, RATE).square().sum().item()


def assert_same(found: Modes, expected: Modes, rtol: float = 1e-12) -> None:
    for name in FIELDS:
        torch.testing.assert_close(getattr(found, name), getattr(expected, name), rtol=rtol, atol=0, msg=name)


@pytest.mark.parametrize("edit", IDENTITIES.values(), ids=IDENTITIES)
def test_no_change_is_none(edit):
    assert_same(edit(made((2,))), made((2,)))


@edits
def test_each_edit_changes_the_sound_and_not_the_modes_it_was_given(edit):
    modes = made()
    edited = edit(modes)
    assert_same(modes, made())
    assert not torch.allclose(render_modes(edited, 500, RATE), render_modes(modes, 500, RATE), rtol=0, atol=1e-3)


@edits
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_leading_axes_and_types_are_kept(edit, dtype):
    modes = made((2, 3), dtype=dtype)
    edited = edit(modes)
    for name in FIELDS:
        field = getattr(edited, name)
        assert (field.dtype, field.shape) == (dtype, (2, 3, 6))
    alone = edit(Modes(*(getattr(modes, name)[1, 2] for name in FIELDS)))
    assert_same(Modes(*(getattr(edited, name)[1, 2] for name in FIELDS)), alone, rtol=1e-6)


@edits
def test_unused_slots_stay_unused_with_finite_gradients(edit):
    fields = [getattr(made(), name) for name in FIELDS]
    empty = [0.0, -math.inf, 0.0, 0.0]
    padded = [torch.cat([torch.tensor([value, value]).double(), f]) for f, value in zip(fields, empty, strict=True)]
    padded = [field.requires_grad_() for field in padded]
    edited = edit(Modes(*padded))
    assert_same(Modes(*(getattr(edited, name)[2:] for name in FIELDS)), edit(Modes(*fields)))
    for name, value in zip(FIELDS, empty, strict=True):
        assert getattr(edited, name)[:2].tolist() == [value, value]
    sound = render_modes(edited, 500, RATE)
    torch.testing.assert_close(sound, render_modes(edit(Modes(*fields)), 500, RATE), rtol=0, atol=1e-14)
    sound.square().sum().backward()
    for field in padded:
        assert field.grad.isfinite().all()
        assert (field.grad[:2] == 0).all()
        assert (field.grad[2:] != 0).all()


@edits
def test_gradients_are_those_of_finite_differences(edit):
    inputs = [getattr(made(), name).requires_grad_() for name in FIELDS]
    assert torch.autograd.gradcheck(lambda *fields: tuple(vars(edit(Modes(*fields))).values()), inputs)


# Size


@pytest.mark.parametrize("factor", [0.5, 2, 3.7])
def test_a_larger_object_sounds_as_the_smaller_one_slowed_down(factor):
    """x'(n / rate) = x(n / (factor rate)); the modes that pass half the rate pass it in both."""
    modes = made((2,), 40)
    slowed = render_modes(modes, 800, factor * RATE)
    torch.testing.assert_close(render_modes(scale_size(modes, factor), 800, RATE), slowed, rtol=0, atol=1e-10)


def test_sizes_multiply():
    assert_same(scale_size(scale_size(made(), 0.7), 3), scale_size(made(), 2.1))


@pytest.mark.parametrize(
    "body", [Bar(METAL, 0.3, 0.03, 0.005), Plate(GLASS, 0.3, 0.2, 0.003), Membrane(MATERIALS["paper"], 0.12, 1e-4)]
)
def test_size_scales_bodies_of_the_same_shape(body):
    """Frequencies, and what material and radiation take, by the theory of bars, plates and membranes."""
    lengths = {name: 2 * size for name, size in vars(body).items() if name != "material"}

    def modes_of(body, limit):
        frequency = body.frequencies(limit)
        decay = decays(body, frequency, body.material.loss, mount=0)
        return Modes(*map(torch.from_numpy, (frequency, np.zeros_like(frequency), decay, np.zeros_like(frequency))))

    assert_same(scale_size(modes_of(body, 4000), 2), modes_of(replace(body, **lengths), 2000))


def test_a_mode_made_too_high_is_silent_rather_than_aliased():
    assert (render_modes(scale_size(one(3000), 0.25), 400, RATE) == 0).all()
    assert_same(scale_size(scale_size(one(3000), 0.25), 4), one(3000))


# Damping


def test_twice_the_damping_is_half_the_energy_of_a_mode():
    """a^2 / (4 lambda), but for a share of (lambda / (2 pi f))^2."""
    assert energy(scale_damping(one(2000), 2)) == pytest.approx(energy(one(2000)) / 2, rel=3e-3)


def test_damping_divides_t60():
    torch.testing.assert_close(scale_damping(made(), 4).t60, made().t60 / 4)
    assert_same(scale_damping(scale_damping(made(), 4), 0.25), made())


# Power


def test_a_band_gains_its_decibels_and_nothing_else_does():
    low, inside, top, high = (one(frequency) for frequency in (999.9, 1000.0, 1999.9, 2000.0))
    for modes in (inside, top):
        gain = energy(shift_power(modes, 6, 1000, 2000)) / energy(modes)
        assert 10 * math.log10(gain) == pytest.approx(6, rel=1e-9)
    for modes in (low, high):
        assert_same(shift_power(modes, 6, 1000, 2000), modes)


def test_the_lowest_modes_are_those_of_each_clip():
    frequency = torch.tensor([[300.0, 100.0, 0.0, 200.0], [50.0, 0.0, 0.0, 60.0]]).double()
    used = frequency > 0
    modes = Modes(frequency, torch.where(used, -6.0, -math.inf).double(), used.double(), 0 * frequency)
    lower = shift_lowest(modes, 2, -10, 0.5)
    assert lower.power.tolist() == [[-6, -16, -math.inf, -16], [-16, -math.inf, -math.inf, -16]]
    assert lower.decay.tolist() == [[1, 0.5, 0, 0.5], [0.5, 0, 0, 0.5]]
    assert_same(shift_lowest(modes, 200, -10, 0.5), replace(modes, power=modes.power - 10, decay=modes.decay / 2))


def test_the_lowest_modes_of_a_sound_are_a_band_of_it():
    modes = made((), 50)
    edge = modes.frequency.sort().values[20].item()
    assert_same(shift_lowest(modes, 20, -12, 1), shift_power(modes, -12, 0, edge))


# Brightness


def test_tilt_is_a_power_law():
    """a' = a (f / about)^(decibels / (20 log10 2))"""
    modes = made()
    exponent = 4 / (20 * math.log10(2))
    expected = modes.amplitude * (modes.frequency / 700) ** exponent
    torch.testing.assert_close(tilt(modes, 4, 700).amplitude, expected, rtol=1e-12, atol=0)


def test_tilts_add_and_pivot():
    assert_same(tilt(tilt(made(), 3, 700), -5, 700), tilt(made(), -2, 700))
    assert_same(tilt(one(700), 5, 700), one(700))
    octaves = math.log2(900 / 700)
    moved = tilt(made(), 3, 900).power
    torch.testing.assert_close(moved, tilt(made(), 3, 700).power - 3 * octaves)
    assert_same(tilt(one(0.0), -3, 700), one(0.0))


# Material


def test_a_bar_of_another_material_rings_as_the_theory_has_it():
    glass, wood = Bar(GLASS, 0.3, 0.03, 0.005), Bar(WOOD, 0.3, 0.03, 0.005)
    rest = 7.0  # 1/s, of the mounting

    def modes_of(bar):
        frequency = torch.from_numpy(bar.frequencies(9000)[:5])
        return Modes(frequency, 0 * frequency, math.pi * frequency * bar.material.loss + rest, 0 * frequency)

    assert_same(change_material(modes_of(glass), GLASS, WOOD), modes_of(wood))


def test_a_plate_of_another_material_is_off_by_poissons_ratio_alone():
    wood, metal = (Plate(material, 0.3, 0.2, 0.003).frequencies(9000)[:5] for material in (WOOD, METAL))
    modes = Modes(*(torch.from_numpy(value) for value in (wood, 0 * wood, wood, 0 * wood)))
    share = math.sqrt((1 - WOOD.poisson**2) / (1 - METAL.poisson**2))
    found = change_material(modes, WOOD, METAL).frequency.numpy()
    np.testing.assert_allclose(found * share, metal, rtol=1e-12)
    assert abs(share - 1) < 0.03


def test_materials_form_a_group():
    """There and back, and by way of a third; also for modes that decay more slowly than the material alone."""
    modes = made((4,), 20)
    assert (modes.decay < math.pi * PLASTIC.loss * modes.frequency).any()
    assert (modes.decay > math.pi * PLASTIC.loss * modes.frequency).any()
    wooden = change_material(modes, PLASTIC, WOOD)
    assert_same(change_material(wooden, WOOD, PLASTIC), modes)
    assert_same(change_material(wooden, WOOD, METAL), change_material(modes, PLASTIC, METAL), rtol=1e-9)


def test_no_material_makes_a_sound_grow():
    for source in MATERIALS.values():
        for target in MATERIALS.values():
            assert (change_material(made((), 40), source, target).decay > 0).all()


# What has no meaning


@pytest.mark.parametrize("bad", [0, -1, math.nan, math.inf])
@pytest.mark.parametrize(
    "edit",
    [
        scale_size,
        scale_damping,
        lambda modes, bad: shift_lowest(modes, 1, -3, bad),
        lambda modes, bad: tilt(modes, 3, bad),
        lambda modes, bad: change_material(modes, replace(GLASS, young=bad), WOOD),
        lambda modes, bad: change_material(modes, GLASS, replace(WOOD, density=bad)),
        lambda modes, bad: change_material(modes, replace(GLASS, loss=bad), WOOD),
    ],
)
def test_factors_are_positive(edit, bad):
    with pytest.raises(ValueError, match="more than 0"):
        edit(one(), bad)


@pytest.mark.parametrize("bad", [-math.inf, math.nan])
@pytest.mark.parametrize(
    "edit",
    [
        lambda bad: shift_power(one(), bad, 0, 1),
        lambda bad: shift_lowest(one(), 1, bad, 1),
        lambda bad: tilt(one(), bad, 1),
    ],
)
def test_decibels_are_finite(edit, bad):
    with pytest.raises(ValueError, match="finite"):
        edit(bad)


@pytest.mark.parametrize("low, high", [(2, 1), (math.nan, 1), (1, math.nan)])
def test_bands_go_up(low, high):
    with pytest.raises(ValueError, match="band"):
        shift_power(one(), 3, low, high)


def test_a_count_is_not_negative():
    with pytest.raises(ValueError, match="lowest"):
        shift_lowest(one(), -1, 3, 1)
