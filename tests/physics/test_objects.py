"""Bodies against the closed forms of bars, plates and membranes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import jn_zeros

from impactsound.physics.objects import MATERIALS, Bar, Membrane, Plate, bessel_zeros, decays, free_roots

METAL = MATERIALS["metal"]
LIMIT = 16000.0
BAR = Bar(METAL, 0.3, 0.03, 0.005)
PLATE = Plate(METAL, 0.3, 0.2, 0.003)
SHEET = Membrane(MATERIALS["paper"], 0.12, 1e-4)


def test_a_free_bar_has_the_ratios_of_the_textbook():
    ratio = BAR.frequencies(LIMIT) / BAR.frequencies(LIMIT)[0]
    np.testing.assert_allclose(ratio[:5], [1, 2.7565, 5.4039, 8.9330, 13.3443], rtol=1e-4)


def test_free_roots_solve_their_equation():
    roots = free_roots(12)
    np.testing.assert_allclose(np.cos(roots), 1 / np.cosh(roots), atol=1e-12)


def test_a_steel_bar_has_the_pitch_of_the_formula():
    speed = math.sqrt(METAL.young / METAL.density)
    assert BAR.frequencies(LIMIT)[0] == pytest.approx(1.0279 * BAR.thickness / BAR.length**2 * speed, rel=1e-3)


@pytest.mark.parametrize("change, factor", [({"length": 0.6}, 1 / 4), ({"thickness": 0.010}, 2), ({"width": 0.06}, 1)])
def test_a_bar_scales(change, factor):
    changed = replace(BAR, **change).frequencies(LIMIT)[:3]
    np.testing.assert_allclose(changed, factor * BAR.frequencies(LIMIT)[:3], rtol=1e-12)


def test_a_plate_is_the_sum_of_squares():
    frequency = PLATE.frequencies(LIMIT)
    squares = sorted((m / 0.3) ** 2 + (n / 0.2) ** 2 for m in range(1, 60) for n in range(1, 60))
    np.testing.assert_allclose(frequency / frequency[0], np.array(squares[: len(frequency)]) / squares[0], rtol=1e-12)
    next_one = squares[len(frequency)] / squares[0] * frequency[0]
    assert frequency[-1] < LIMIT <= next_one


def test_a_plate_of_twice_the_thickness_is_an_octave_higher():
    thick = replace(PLATE, thickness=2 * PLATE.thickness)
    np.testing.assert_allclose(thick.frequencies(LIMIT)[:9], 2 * PLATE.frequencies(LIMIT)[:9], rtol=1e-12)


def test_a_membrane_has_the_zeros_of_bessel_functions():
    frequency = SHEET.frequencies(2000)
    zeros = np.sort(np.concatenate([jn_zeros(order, 30) for order in range(60)]))
    expected = zeros * SHEET.wave_speed / (2 * np.pi * SHEET.radius)
    np.testing.assert_allclose(frequency, expected[expected < 2000], rtol=1e-12)


def test_no_bessel_zero_is_missed():
    zeros, orders = bessel_zeros(64)
    for order in range(64):
        every = jn_zeros(order, 40)
        np.testing.assert_array_equal(zeros[orders == order], every[every < 64])


@pytest.mark.parametrize("body", [BAR, PLATE, SHEET], ids=["bar", "plate", "membrane"])
def test_frequencies_rise_and_stay_below_the_limit(body):
    frequency = body.frequencies(3000)
    assert len(frequency) > 2
    assert (np.diff(frequency) >= 0).all() and frequency[-1] < 3000


def test_mode_shapes_have_a_mean_square_of_one():
    side = (np.arange(400) + 0.5) / 400 - 0.5
    bar = BAR.shapes(8000, np.stack([0.3 * side, 0 * side], -1))
    np.testing.assert_allclose((bar**2).mean(0), 1, rtol=2e-3)
    grid = np.stack(np.meshgrid(0.3 * side, 0.2 * side), -1)
    np.testing.assert_allclose((PLATE.shapes(4000, grid) ** 2).mean((0, 1)), 1, rtol=1e-6)
    radius = 0.12 * (side + 0.5)
    sheet = SHEET.shapes(1500, np.stack([radius, 0 * side], -1))
    _, orders = SHEET._indices(1500)
    around = np.where(orders > 0, 0.5, 1)  # the mean square of cos(m angle), which is 1 at the strike
    np.testing.assert_allclose(around * (sheet**2 * radius[:, None]).sum(0) / radius.sum(), 1, rtol=1e-3)


def test_a_strike_at_a_node_excites_nothing():
    middle = np.array([0.0, 0.0])
    assert np.abs(BAR.shapes(LIMIT, middle)[1::2]).max() < 1e-9  # the antisymmetric modes
    node = np.array([(0.2242 - 0.5) * 0.3, 0.0])  # of the gravest mode, where bars are held
    assert abs(BAR.shapes(LIMIT, node)[0]) < 1e-3
    _, m, n = PLATE._indices(LIMIT)
    even = (m % 2 == 0) | (n % 2 == 0)
    assert np.abs(PLATE.shapes(LIMIT, middle)[even]).max() < 1e-9
    _, orders = SHEET._indices(2000)
    assert np.abs(SHEET.shapes(2000, middle)[orders > 0]).max() < 1e-9
    assert np.abs(SHEET.shapes(2000, np.array([0.12, 0.0]))).max() < 1e-9  # the hoop


def test_the_ends_of_a_free_bar_move_most():
    ends = BAR.shapes(LIMIT, np.array([[-0.15, 0.0], [0.15, 0.0]]))
    np.testing.assert_allclose(np.abs(ends), 2, rtol=1e-6)


def test_the_loss_factor_alone_gives_its_t60():
    """T60 = 2.2 / (f eta), the building acoustician's formula."""
    heavy = replace(BAR, material=replace(METAL, density=1e9))  # radiates next to nothing
    frequency = np.array([100.0, 1000.0])
    t60 = np.log(1000) / decays(heavy, frequency, loss=1e-2, mount=0.0)
    np.testing.assert_allclose(t60, 2.2 / (frequency * 1e-2), rtol=2e-3)


@pytest.mark.parametrize("body", [BAR, PLATE, SHEET], ids=["bar", "plate", "membrane"])
def test_every_cause_adds_to_the_decay(body):
    frequency = body.frequencies(2000)
    bare = decays(body, frequency, 0.0, 0.0)
    assert (bare > 0).all()
    np.testing.assert_allclose(decays(body, frequency, 0.0, 5.0), bare + 5)
    efficiency = body.radiation(frequency)
    assert ((efficiency > 0) & (efficiency < 1)).all() and (np.diff(efficiency) >= 0).all()
