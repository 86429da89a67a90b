"""A peak is found once, between the frames, and none that is too low or too near a greater one."""

import numpy as np
import pytest

from impactsound.onset.peaks import Picker, peaks

RATE = 30.0


def log_gaussians(times, n=60, width=0.025):
    time = np.arange(n) / RATE
    return -0.5 * (np.abs(time[:, None] - np.asarray(times)).min(1) / width) ** 2


@pytest.mark.parametrize("time", [0.5, 0.507, 0.5166, 0.52, 0.53])
def test_of_a_gaussian_the_time_is_exact(time):
    found, value = peaks(log_gaussians([time]), 0.08, RATE)
    np.testing.assert_allclose(found, [time], atol=1e-9)
    assert np.exp(value[0]) > 0.7


def test_every_hit_is_found_and_those_below_the_threshold_are_not():
    times = np.array([0.21, 0.4, 0.77, 1.5])
    curve = log_gaussians(times)
    curve[20:30] -= 5.0  # about 0.77 s
    time, value = Picker(-3.0, 0.08)(curve, RATE)
    np.testing.assert_allclose(time, times[[0, 1, 3]], atol=1e-9)
    assert (value >= -3.0).all()
    assert len(Picker(-30.0, 0.08)(curve, RATE)[0]) == 4


@pytest.mark.parametrize(("refractory", "count"), [(0.06, 2), (0.1, 2), (0.11, 1), (0.2, 1)])
def test_of_two_peaks_too_near_the_greater_counts(refractory, count):
    curve = np.full(30, -9.0)
    curve[[10, 13]] = -1.0, -0.5  # 0.1 s apart
    time, _ = peaks(curve, refractory, RATE)
    assert len(time) == count and np.isclose(time, 13 / RATE).any()


def test_hits_in_the_first_and_last_frame_and_plateaus_count_once():
    curve = np.full(30, -9.0)
    curve[[0, 29]] = -1.0
    curve[14:17] = -2.0
    time, value = peaks(curve, 0.08, RATE)
    np.testing.assert_allclose(time, [0, 15 / RATE, 29 / RATE])
    assert value.tolist() == [-1, -2, -1]
    assert peaks(np.array([-1.0]), 0.08, RATE)[0].tolist() == [0]
    assert len(peaks(np.zeros(0), 0.08, RATE)[0]) == 0
