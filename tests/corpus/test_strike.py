"""The sound of a strike: Hertz's law, brightness, and modes that re-render."""

import numpy as np
import pytest

from impactsound.corpus.strike import (
    BANDS,
    Strike,
    banded_noise,
    contact_time,
    pulse_spectrum,
    residual,
    ring,
    ringing,
)
from impactsound.corpus.things import KINDS, Thing, draw_point, draw_thing
from impactsound.physics.modes import render_modes
from impactsound.physics.objects import MATERIALS, Bar, Plate

RATE = 16000
BAR = Thing("metal", Bar(MATERIALS["metal"], 0.3, 0.03, 0.005), 3e-4)


def strike(points, speeds):
    return Strike(np.asarray(points, float), np.asarray(speeds, float))


def test_contact_follows_hertz():
    soft, hard = MATERIALS["carpet"], MATERIALS["metal"]
    times = contact_time(hard, np.array([1.0, 32.0]))
    assert times[0] / times[1] == pytest.approx(2.0)
    assert contact_time(soft, np.array([1.0])) > 10 * times[0]
    assert 1e-5 < times[0] < 1e-3


def test_the_spectrum_of_the_push_is_its_fourier_transform():
    duration = 1e-3
    time = (np.arange(20000) + 0.5) / 20000 * duration - duration / 2
    push = np.cos(np.pi * time / duration)
    for frequency in (0.0, 200.0, 500.0, 1000.0, 1700.0, 3100.0):
        transform = (push * np.cos(2 * np.pi * frequency * time)).sum() / push.sum()
        assert pulse_spectrum(np.array(frequency), np.array(duration)) == pytest.approx(transform, abs=1e-6)


def test_a_harder_strike_is_louder_and_brighter():
    modes = ringing(BAR, strike([[0.15, 0], [0.15, 0]], [0.5, 4.0]), 7000, 64)
    energy = 10 ** (modes.power / 10)
    centroid = (energy * modes.frequency).sum(-1) / energy.sum(-1)
    assert centroid[1] > 1.05 * centroid[0]
    assert energy[1].sum() > 50 * energy[0].sum()


def test_a_softer_material_is_duller():
    frequency = np.arange(50.0, 7000.0, 50.0)

    def centroid(material):
        weight = pulse_spectrum(frequency, contact_time(MATERIALS[material], np.array([1.0]))) ** 2
        return (weight * frequency).sum() / weight.sum()

    assert centroid("carpet") < centroid("drywall") < centroid("metal")


def test_a_mode_struck_at_its_node_is_an_unused_slot():
    modes = ringing(BAR, strike([[0.0, 0], [0.11, 0]], [1, 1]), 7000, 64)
    assert (modes.power[0, 1::2] == -np.inf).all() and (modes.frequency[0, 1::2] == 0).all()
    assert (modes.power[0, ::2] > -np.inf).all() and (modes.power[1] > -np.inf).all()


def test_only_the_loudest_modes_are_kept():
    thing = Thing("metal", Plate(MATERIALS["metal"], 0.3, 0.25, 0.002), 3e-4)
    hit = strike([[0.05, 0.03]], [2.0])
    every, few = (ringing(thing, hit, 7000, count) for count in (1000, 10))
    assert few.power.shape == (1, 10)
    np.testing.assert_array_equal(np.sort(few.power[0]), np.sort(every.power[0])[-10:])


def test_the_ring_is_its_modes():
    modes = ringing(BAR, strike([[0.13, 0]], [1.0]), 7000, 64)
    whole = render_modes(modes, RATE, RATE)[0].numpy()
    one = type(modes)(modes.frequency[0], modes.power[0], modes.decay[0], modes.phase[0])
    np.testing.assert_allclose(ring(one, RATE, RATE), whole, atol=2e-3 * np.abs(whole).max())


def test_bands_add_up_to_white_noise():
    noise = banded_noise(RATE, RATE, np.random.default_rng(0))
    assert noise.shape == (len(BANDS), RATE)
    total = noise.sum(0)
    assert np.sqrt((total**2).mean()) == pytest.approx(1, rel=0.05)
    assert abs(np.corrcoef(total[1:], total[:-1])[0, 1]) < 0.03


def test_the_residual_dies_away():
    noise = residual(BAR, 1.0, 1.0, np.full(len(BANDS), 0.3), RATE, np.random.default_rng(0))
    early, late = noise[: RATE // 50], noise[-RATE // 50 :]
    assert np.abs(late).max() < 1e-4 < np.abs(early).max()


@pytest.mark.parametrize("material", list(KINDS))
def test_things_can_be_heard_at_any_rate(material):
    rng = np.random.default_rng(0)
    for _ in range(20):
        thing = draw_thing(material, rng)
        kind = KINDS[material]
        assert kind.size[0] <= thing.extent[0] <= kind.size[1]
        assert thing.body.thickness <= kind.thickness[1]
        point = draw_point(thing, rng)
        assert (np.abs(point) <= np.array(thing.extent) / 2).all()
        modes = ringing(thing, Strike(point[None], np.array([1.0])), 3600, 128)
        assert modes.power.max() > -np.inf
