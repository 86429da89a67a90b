"""Modes are drawn where they lie and for as long as they ring; the sound of a mode falls along its line."""

import io
import math

import numpy as np
import pytest
import torch
from PIL import Image

from impactsound.config import Clip
from impactsound.evaluation import modal_figures
from impactsound.evaluation.modal_figures import FALLS, LOWEST, RANGE, ringing, strongest
from impactsound.evaluation.pictures import as_png
from impactsound.physics.modes import Modes, render_modes

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)
UNUSED = (0.0, -math.inf, 0.0, 0.0)


def modes_of(*rows: tuple[float, float, float, float]) -> Modes:
    """One clip's modes from rows (frequency, power, decay, phase), `[1, mode]`."""
    return Modes(*torch.tensor(rows, dtype=torch.float64).T[:, None])


def drawn(*rows, onset=0.0):
    """What is drawn of one clip whose sound is its modes."""
    modes, start = modes_of(*rows), torch.tensor([onset], dtype=torch.float64)
    sound = render_modes(modes, CLIP.n_samples, CLIP.sample_rate, start)
    (found,) = ringing(sound, modes, start, CLIP)
    return found


def test_a_mode_is_a_line_until_it_is_too_far_under_the_loudest():
    found = drawn((500, -30, 60, 0), UNUSED, (1500, -6, 50, 1), (900, -6 - RANGE, 1, 1), onset=0.01)
    assert found.frequency.tolist() == [1500, 500]
    assert found.level.tolist() == [0, -24]
    per_second = 20 / math.log(10) * np.array([50, 60])  # dB
    assert found.end == pytest.approx(0.01 + np.array([RANGE, RANGE - 24]) / per_second)
    assert found.opacity[0] == 1 and modal_figures.FAINTEST < found.opacity[1] < 1


def test_no_line_is_longer_than_the_clip():
    assert drawn((500, 0, 1, 0)).end.tolist() == [CLIP.duration]


@pytest.mark.parametrize(("frequency", "decay"), [(500, 5), (1234.5, 60), (3000, 200)])
def test_a_mode_alone_falls_along_its_line(frequency, decay):
    (fall,) = drawn((frequency, -10, decay, 1), onset=0.02).falls
    assert (fall.frequency, fall.t60) == pytest.approx((frequency, math.log(1000) / decay))
    assert fall.line[0, 0] == pytest.approx(0.02) and fall.line[1, 1] >= LOWEST - 1e-9
    assert fall.time[0] >= 0.02 + modal_figures.WINDOW / 2 - 1 / CLIP.sample_rate
    above = fall.measured > -60
    slope = (fall.line[1, 1] - fall.line[0, 1]) / (fall.line[1, 0] - fall.line[0, 0])
    assert fall.measured[above] == pytest.approx((fall.line[0, 1] + slope * (fall.time - 0.02))[above], abs=0.1)
    assert slope == pytest.approx(-decay * 20 / math.log(10))


def test_a_slow_mode_starts_at_its_power():
    (fall,) = drawn((500, -10, 1, 0)).falls
    assert fall.line[0, 1] == pytest.approx(-10, abs=0.01)


def test_two_modes_in_a_band_are_seen_to_beat():
    (fall,) = drawn((500, -10, 5, 0), (512, -12, 5, 0)).falls
    slope = (fall.line[1, 1] - fall.line[0, 1]) / (fall.line[1, 0] - fall.line[0, 0])
    assert np.ptp(fall.measured - slope * fall.time) > 10


def test_the_strongest_have_most_energy_and_bands_of_their_own():
    rows = [(500, -10, 5, 0), (520, -9, 50, 0), (900, 0, 4000, 0), (1300, -20, 5, 0), UNUSED]
    assert strongest(modes_of(*rows), torch.tensor([0.25])).tolist() == [[0, 3, 2, -1]]
    many = [(300 * (1 + place), -place, 5, 0) for place in range(8)]
    assert strongest(modes_of(*many), torch.tensor([0.25])).tolist() == [list(range(FALLS))]
    assert len(drawn(*rows).falls) == 3


def test_clips_are_drawn_each_by_its_own_modes():
    one, other = ((500, -10, 20, 0), UNUSED), ((700, -20, 40, 1), (1500, -10, 20, 0))
    modes = [vars(modes_of(*rows)).values() for rows in (one, other)]
    both = Modes(*map(torch.cat, zip(*modes, strict=True)))
    sound = render_modes(both, CLIP.n_samples, CLIP.sample_rate)
    for found, rows in zip(ringing(sound, both, torch.zeros(2), CLIP), (one, other), strict=True):
        alone = drawn(*rows)
        assert found.frequency.tolist() == alone.frequency.tolist()
        for fall, same in zip(found.falls, alone.falls, strict=True):
            np.testing.assert_allclose(fall.measured, same.measured, atol=1e-6)


def test_a_clip_without_modes_is_drawn():
    found = drawn(UNUSED)
    assert len(found.frequency) == 0 and found.falls == []
    assert as_png(modal_figures.sheet([("$x$", np.zeros(CLIP.n_samples), found)], CLIP))


def test_the_sheet_has_a_row_a_clip_and_lines_in_a_colour_that_no_level_has():
    found = drawn((1000, -10, 1, 0))
    sound = np.zeros(CLIP.n_samples)
    sheets = [modal_figures.sheet([("wood", sound, found)] * rows, CLIP) for rows in (1, 2)]
    assert [sheet.get_figheight() for sheet in sheets] == pytest.approx([3.2, 5.8])
    pixels = np.asarray(Image.open(io.BytesIO(as_png(sheets[0]))).convert("RGB")).astype(int)
    line = np.abs(pixels - np.round(255 * np.array(modal_figures.LINE))).max(-1) < 40
    assert np.ptp(np.nonzero(line)[1]) > 0.3 * pixels.shape[1]  # as long as the clip
