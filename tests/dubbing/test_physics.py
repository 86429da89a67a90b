"""The physics sound is that of the formulas, lasts as long as the modes, and its JSON is read back to the bit."""

import json
import math

import numpy as np
import pytest
import torch

from impactsound.config import Clip
from impactsound.dubbing.members import Members
from impactsound.dubbing.physics import Physics, physical_sound, sounding
from impactsound.errors import InputError
from impactsound.physics.modes import Modes
from impactsound.physics.residual import Residual, noise_bands

CLIP = Clip(sample_rate=8000, duration=0.1)


def one(frequency=440.0, power=-6.0, decay=20.0, phase=0.3):
    return Modes(
        *(
            torch.tensor([value, 900.0 if name == "f" else -math.inf if name == "p" else 0.0])
            for name, value in zip("fpdx", (frequency, power, decay, phase), strict=True)
        )
    )


def bands(weight=0.1):
    return Residual(torch.full((3,), weight), torch.tensor([0.0, 0.01, 0.02]), torch.full((3,), 0.2))


def noise():
    return noise_bands(3, CLIP.n_samples, CLIP.sample_rate, 0)


@pytest.mark.parametrize(
    ("mode", "seconds"),
    [
        (one(power=-20.0, decay=20.0), 40 * math.log(10) / 20 / 20),
        (one(power=-40.0, decay=2.0), 20 * math.log(10) / 20 / 2),
        (one(decay=200.0), 0.1),  # the window
        (one(decay=0.5), 4.0),
        (one(decay=0.0), 4.0),
        (one(frequency=4000.0, decay=1.0), 0.1),  # silent at half the rate
        (one(power=-61.0, decay=0.0), 0.1),
    ],
)
def test_a_sound_lasts_until_its_modes_are_quiet(mode, seconds):
    assert sounding(mode, torch.tensor(0.0), CLIP) == math.ceil(seconds * 8000 - 1e-6)
    if 0.1 < seconds < 3.9:
        assert sounding(mode, torch.tensor(0.01), CLIP) == pytest.approx(math.ceil((seconds + 0.01) * 8000), abs=1)


def test_the_sound_is_that_of_the_formula():
    onset, modes = torch.tensor(3.4 / 8000), one()
    sound = physical_sound(modes, onset, bands(0.0), noise(), CLIP)
    time = (np.arange(len(sound)) - 3) / 8000  # the onset is to the nearest sample
    asked = 10 ** (-6 / 20) * np.exp(-20 * time) * np.cos(2 * np.pi * 440 * time + 0.3) * (time >= 0)
    asked[-40:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, 41) / 40)
    assert sound.dtype == np.float32 and sound[-1] == 0
    np.testing.assert_allclose(sound, asked, atol=2e-6)


def test_the_residual_is_added_in_the_window_and_fades_at_its_end():
    whole, modal = (physical_sound(one(), torch.tensor(0.0), bands(level), noise(), CLIP) for level in (0.1, 0.0))
    rest = whole - modal
    assert (rest[CLIP.n_samples - 1 :] == 0).all() and len(whole) > 2 * CLIP.n_samples
    nodes = np.arange(0, CLIP.n_samples + 4, 4)  # 0.5 ms
    after = nodes / 8000 - bands().delay.numpy()[:, None]
    rise = np.clip(after / 1e-3 + 1, 0, 1)
    level = 0.1 * rise**2 * (3 - 2 * rise) * 10 ** (-3 * np.maximum(after, 0) / 0.2)
    time = np.arange(CLIP.n_samples)
    asked = sum(np.interp(time, nodes, row) * band for row, band in zip(level, noise().numpy(), strict=True))
    asked[-40:] *= 0.5 + 0.5 * np.cos(np.pi * np.arange(1, 41) / 40)
    np.testing.assert_allclose(rest[: CLIP.n_samples], asked, atol=1e-6)


def test_without_modes_the_residual_is_left():
    silent = Modes(*(torch.tensor([value]) for value in (0.0, -math.inf, 0.0, 0.0)))
    assert len(physical_sound(silent, torch.tensor(0.0), bands(), noise(), CLIP)) == CLIP.n_samples
    none = Modes(*(torch.zeros(0) for _ in range(4)))
    assert len(physical_sound(none, torch.tensor(0.0), bands(), noise(), CLIP)) == CLIP.n_samples


def test_json_is_read_back_to_the_bit():
    draw = torch.Generator().manual_seed(0)
    fields = [10 ** (4 * torch.rand(50, generator=draw) - 2) for _ in range(7)]
    physics = Physics(Modes(*fields[:4]), torch.tensor(1e-4), Residual(*fields[4:]))
    text = json.dumps(physics.to_json())
    again = Physics.read(Members(json.loads(text), "hits.json"))
    for found, asked in ((again.modes, physics.modes), (again.residual, physics.residual)):
        assert all(torch.equal(getattr(found, name), value) for name, value in vars(asked).items())
    assert torch.equal(again.onset, physics.onset) and len(text) < 7 * 50 * 15


def test_unused_slots_are_left_out():
    found = Physics(one(), torch.tensor(0.0), bands()).to_json()
    assert found["modes"]["frequency"] == [440.0] and len(found["modes"]["phase"]) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda row: row["modes"]["decay"].append(1.0), r"modes\.decay has 2 numbers, and frequency 1"),
        (lambda row: row["residual"].pop("t60"), r"residual: 't60' is missing"),
        (lambda row: row["modes"]["power"].__setitem__(0, None), r"modes\.power\[0\] = None: give a number"),
        (lambda row: row.__setitem__("onset", "now"), r"onset = 'now': give a number"),
        (lambda row: row.__setitem__("modes", []), r"modes is \[\]: give an object"),
    ],
)
def test_a_fault_is_named(change, said):
    row = Physics(one(), torch.tensor(0.0), bands()).to_json()
    change(row)
    with pytest.raises(InputError, match=rf"^hits\.json: hit 2: {said}"):
        Physics.read(Members(row, "hits.json: hit 2", ": "))
