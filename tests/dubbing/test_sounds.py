"""A hit's sound is its own to the bit, follows its edit, and goes on beyond the window as its modes do."""

import math

import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfiltfilt

from impactsound.dubbing import sounds
from impactsound.dubbing.edit import Edit, Low
from impactsound.dubbing.model import Model
from impactsound.dubbing.physics import Physics, physical_sound, sounding
from impactsound.dubbing.sounds import generate, hit_sound, whole
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.residual import Residual

RATE = 8000


def physics(frequency=(500.0, 1300.0), power=(-6.0, -12.0), decay=(6.0, 9.0), onset=0.0):
    modes = Modes(*(torch.tensor(values) for values in (frequency, power, decay, [0.4] * len(frequency))))
    return Physics(modes, torch.tensor(onset), Residual(*(torch.ones(6) for _ in range(3))))


def rendered(found, clip, n_samples=None):
    return render_modes(found.modes, n_samples or clip.n_samples, RATE, found.onset).numpy().astype(float)


def test_a_sound_is_its_hits_alone(model, hits, latent):
    hit = hits.hits[1]
    first = hit_sound(model, hit, Edit(), latent[1])
    for other, seen in zip(hits.hits, latent, strict=True):
        hit_sound(model, other, Edit(size=2.0), seen)
    assert (hit_sound(model, hit, Edit(), latent[1]) == first).all() and first.dtype == np.float32


def test_hits_that_look_alike_do_not_sound_the_same(model, hits, latent):
    one, other = (generate(model, hit, Edit(entry="glass/000"), latent[0]) for hit in hits.hits[:2])
    assert np.abs(one - other).max() > 0.01


def test_an_edit_is_told_to_the_network_and_mixing_is_not(model, hits, latent):
    hit = hits.hits[0]
    plain = generate(model, hit, Edit(), latent[0])
    assert (generate(model, hit, Edit(strength=6.0, time=1.0), latent[0]) == plain).all()
    for edit in (Edit(size=1.5), Edit(residual_level=6.0), Edit(low=Low(2, -9.0)), Edit(entry="metal")):
        assert np.abs(generate(model, hit, edit, latent[0]) - plain).max() > 0.01
    assert np.abs(generate(model, hit, Edit(), latent[1]) - plain).max() > 1e-4


@pytest.mark.parametrize("edit", [Edit(), Edit(tilt=6.0), Edit(residual_level=-20.0), Edit(low=Low(5, -20.0))])
def test_it_is_as_loud_as_the_physics_asks(model, hits, latent, edit):
    found = edit.applied(*model.bank.physics_of(hits.hits[0].matched))
    asked = rendered(found, model.clip) + model.renderer.render(found.residual).numpy()
    assert np.abs(generate(model, hits.hits[0], edit, latent[0])).max() == pytest.approx(np.abs(asked).max(), rel=1e-5)


def test_a_system_that_renders_gives_the_physics_sound(tiny_modal, latent, hits):
    model, edit = Model.load(tiny_modal), Edit(size=1.2, residual_level=6.0)
    for hit, seen in zip(hits.hits, latent, strict=True):
        found = edit.applied(*model.bank.physics_of(hit.matched))
        asked, sound = physical_sound(*found, model.renderer.noise, model.clip), hit_sound(model, hit, edit, seen)
        assert len(sound) == len(asked) == sounding(found.modes, found.onset, model.clip)
        n = model.clip.n_samples - round(0.05 * RATE)
        np.testing.assert_allclose(sound[:n], asked[:n], atol=1e-6)


def test_modes_that_were_generated_perfectly_go_on_as_if_nothing_was_cut(model):
    found = physics()
    total = sounding(found.modes, found.onset, model.clip)
    asked, sound = rendered(found, model.clip, total), whole(found, rendered(found, model.clip), model.clip)
    assert len(sound) == total > 2 * model.clip.n_samples
    np.testing.assert_allclose(sound[:-40], asked[:-40], atol=1e-6)
    assert sound[-1] == 0 and sound.dtype == np.float32


@pytest.mark.parametrize(("quieter", "gain"), [(-30.0, -30.0), (-6.0, -6.0), (6.0, 6.0), (20.0, 12.0)])
def test_a_tail_is_as_loud_as_the_window_ends_but_not_raised_much(model, quieter, gain):
    found = physics()
    window = 10 ** (quieter / 20) * rendered(found, model.clip)
    sound = whole(found, window, model.clip)
    n = model.clip.n_samples
    tail = 10 ** (gain / 20) * rendered(found, model.clip, len(sound))
    np.testing.assert_allclose(sound[n:-40], tail[n:-40], atol=1e-6)
    np.testing.assert_allclose(sound[: n - 240], window[: n - 240], atol=1e-7)


@pytest.mark.parametrize("silent", ["window", "modes", "onset"])
def test_what_ends_in_silence_has_no_tail(model, silent):
    found = physics(power=(-200.0, -200.0) if silent == "modes" else (-6.0, -12.0), decay=(1.0, 1.0))
    window = rendered(physics(), model.clip)
    if silent == "window":
        window[-400:] *= 1e-5
    if silent == "onset":
        found = found._replace(onset=torch.tensor(0.3))
    sound = whole(found, window, model.clip)
    assert len(sound) == model.clip.n_samples and sound[-1] == 0
    np.testing.assert_allclose(sound[:-40], window[:-40], atol=1e-7)


def test_there_is_no_click_at_the_seam(model):
    """Above all modes, where a step would be heard, there is no more at the seam than beside it."""
    found = physics(onset=0.0)
    rest = 0.003 * np.random.default_rng(0).normal(size=model.clip.n_samples) * np.exp(-12 * np.arange(2000) / RATE)
    window = np.cos(2 * np.pi * 500 * np.arange(2000) / RATE + 2.0) * np.exp(-6 * np.arange(2000) / RATE) + rest
    high = sosfiltfilt(butter(6, 2500, "high", fs=RATE, output="sos"), whole(found, window, model.clip))
    n, width = model.clip.n_samples, 40  # 5 ms
    levels = np.array([np.square(high[at : at + width]).mean() for at in range(n - 12 * width, n + 8 * width, width)])
    assert levels[10:14].max() < 1.5 * levels[:8].max() and levels[:8].max() > 10 * levels[15:].max()
    abrupt = np.concatenate([window, np.zeros(600)])
    high = sosfiltfilt(butter(6, 2500, "high", fs=RATE, output="sos"), abrupt)
    assert np.square(high[n - width : n + width]).mean() > 5 * levels[:8].max()  # which a cut would have


def test_a_silent_network_stays_silent(model, hits, latent, monkeypatch):
    monkeypatch.setattr(sounds, "edited_sounds", lambda *told: torch.zeros(1, 1, model.clip.n_samples))
    sound = hit_sound(model, hits.hits[2], Edit(), latent[2])
    assert (sound == 0).all() and len(sound) == model.clip.n_samples


def test_modes_moved_out_of_the_band_leave_the_residual(model, hits, latent):
    edit = Edit(size=0.25, low=Low(1000, -60.0))
    assert math.isfinite(np.abs(hit_sound(model, hits.hits[0], edit, latent[0])).max())
