"""The closed form finds what a residual was rendered from, whatever the draw of its noise."""

import math

import pytest
import torch

from impactsound.physics.closed_form import band_energies, estimate_residual
from impactsound.physics.residual import QUIETEST, Residual, noise_bands, render_residual
from impactsound.seeds import generator

RATE, SAMPLES, BANDS = 8000, 2000, 8
RANGE, LATEST = (0.01, 3.0), 0.03
NOISE = noise_bands(BANDS, SAMPLES, RATE, seed=0)


def rendered(residual, seeds=40):
    """The same residual `[band]` from many draws of the noise, `[draw, time]`; none is the one estimated with."""
    draws = (noise_bands(len(residual.weight), SAMPLES, RATE, seed) for seed in range(1, seeds + 1))
    return torch.stack([render_residual(residual, noise, RATE) for noise in draws])


def known(t60, delay=0.0, bands=BANDS):
    """Weights that fall by 20 dB over the bands, T60s that fall to half."""
    place = torch.linspace(0, 1, bands)
    return Residual(0.1 * 10**-place, torch.full((bands,), delay), t60 * 2**-place)


def decibels(found, truth):
    """Mean over the draws of the error of a band's power, `[band]`."""
    return 10 * (found.weight / truth.weight).square().mean(0).log10()


@pytest.mark.parametrize("t60", [0.3, 0.6, 1.2])
def test_finds_levels_and_decays(t60):
    truth = known(t60)
    found = estimate_residual(rendered(truth), BANDS, RATE, RANGE, LATEST)
    assert decibels(found, truth).abs().mean() < 1
    ratio = found.t60.median(0).values / truth.t60
    assert ratio.numpy() == pytest.approx(torch.ones(BANDS).numpy(), rel=0.15)
    assert (found.delay == 0).float().mean() > 0.95


def test_finds_delays():
    truth = known(0.3, delay=0.02)
    found = estimate_residual(rendered(truth), BANDS, RATE, RANGE, LATEST)
    delay = found.delay.median(0).values.numpy()
    assert delay[1:] == pytest.approx(0.02, abs=0.003)
    assert delay[0] == pytest.approx(0.02, abs=0.006)  # the lowest band is narrow, its filter slow
    assert decibels(found, truth).abs().mean() < 1.5
    none = estimate_residual(rendered(truth), BANDS, RATE, RANGE, 0.0)
    assert (none.delay == 0).all()


def test_neighbours_of_other_levels_are_parted():
    """Every other band 12 dB louder: the bands overlap, so that each hears its neighbours."""
    weight = 0.05 * 10 ** (0.6 * (torch.arange(BANDS) % 2))
    truth = Residual(weight, torch.zeros(BANDS), torch.full((BANDS,), 0.8))
    found = estimate_residual(rendered(truth), BANDS, RATE, RANGE, 0.0)
    assert decibels(found, truth).abs().max() < 2.5
    assert decibels(found, truth).abs().mean() < 1


def test_the_recordings_noise_counts_as_residual_unless_it_is_named():
    truth = known(0.15)
    hiss = 1e-4 * torch.randn(40, SAMPLES, generator=generator("hiss"))
    sound = rendered(truth) + hiss
    apart = estimate_residual(sound, BANDS, RATE, RANGE, 0.0, silence=3e-4)
    assert (apart.t60.median(0).values / truth.t60).log().abs().max() < math.log(1.2)
    together = estimate_residual(sound, BANDS, RATE, RANGE, 0.0)
    assert (together.t60.median(0).values / truth.t60).mean() > 2


def test_stationary_noise_does_not_decay_and_keeps_its_level():
    white = 0.1 * torch.randn(40, SAMPLES, generator=generator("white"))
    found = estimate_residual(white, BANDS, RATE, RANGE, LATEST)
    assert found.t60.median() > 2
    assert (found.delay == 0).float().mean() > 0.95
    level = render_residual(found, NOISE, RATE).square().mean(-1).sqrt().mean()
    assert level == pytest.approx(0.1, rel=0.12)


def test_silence_is_silent():
    found = estimate_residual(torch.zeros(2, SAMPLES), BANDS, RATE, RANGE, LATEST)
    assert (found.weight < QUIETEST).all() and (found.delay == 0).all() and (found.t60 == RANGE[1]).all()


def test_energies_of_all_bands_and_frames_are_those_of_white_noise():
    white = torch.randn(200, 2003, generator=generator("energy"), dtype=torch.float64)
    energy = band_energies(white, 6, RATE).mean(0)
    assert energy.shape == (6, 251)
    shares = energy.mean(-1)
    # a triangle's mean square is 2/3 of half its foot; the outermost bands have a flat half
    top = math.log1p(4000 / 700)
    edges = [700 * math.expm1((band + 0.5) / 6 * top) for band in (-0.5, *range(6), 5.5)]
    expected = [
        sum((right - left) / 3 for left, right in ((edges[b], edges[b + 1]), (edges[b + 1], edges[b + 2]))) / 4000
        for b in range(6)
    ]
    assert shares[1:5].numpy() == pytest.approx(expected[1:5], rel=0.08)
    assert energy[2:5, 0].mean() / energy[2:5].mean() == pytest.approx(1, abs=0.15)  # not blurred with silence


@pytest.mark.parametrize(("clips", "bands"), [(3, 0), (1, 1), (70, 3)])
def test_any_number_of_clips_and_bands(clips, bands):
    sound = 0.1 * torch.randn(clips, SAMPLES, generator=generator("any"))
    found = estimate_residual(sound, bands, RATE, RANGE, LATEST)
    assert found.weight.shape == found.delay.shape == found.t60.shape == (clips, bands)
    if bands:
        alone = estimate_residual(sound[-1:], bands, RATE, RANGE, LATEST)
        torch.testing.assert_close(alone.weight[0], found.weight[-1])
