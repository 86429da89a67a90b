"""The test of pairs against those of scipy and against its own promise: under no difference, p is uniform."""

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test, ttest_rel

from impactsound.evaluation import paired
from impactsound.evaluation.paired import holm, sign_flip


def test_of_right_and_wrong_clips_it_is_mcnemars():
    difference = np.repeat([1.0, -1.0, 0.0], [7, 2, 40])
    assert sign_flip(difference, np.arange(49)) == pytest.approx(binomtest(2, 9).pvalue)


def test_ties_are_ties_whatever_the_rounding():
    difference = np.random.default_rng(1).integers(-1, 4, 12)
    assert sign_flip(0.1 * difference, np.arange(12)) == sign_flip(difference.astype(float), np.arange(12))


def test_with_few_videos_it_is_the_exact_test_of_scipy():
    difference = np.random.default_rng(0).normal(0.5, 1, 9)
    oracle = permutation_test((difference,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert sign_flip(difference, np.arange(9)) == pytest.approx(oracle.pvalue)


def test_with_many_videos_it_nears_the_t_test_and_depends_on_the_seed_alone():
    one, other = np.random.default_rng(0).normal([[0.2], [0.0]], 1, (2, 200))
    found = sign_flip(one - other, np.arange(200))
    assert found == pytest.approx(ttest_rel(one, other).pvalue, abs=0.01)
    assert found == sign_flip(one - other, np.arange(200), 0) != sign_flip(one - other, np.arange(200), 1)
    assert found == sign_flip(other - one, np.arange(200))  # two-sided


def test_random_signs_agree_with_all_of_them(monkeypatch):
    difference = np.random.default_rng(3).normal(0.4, 1, 12)
    exact = sign_flip(difference, np.arange(12))
    monkeypatch.setattr(paired, "EXACT", 0)
    assert sign_flip(difference, np.arange(12)) == pytest.approx(exact, abs=0.01)


def test_the_hits_of_a_video_have_one_sign():
    difference = np.repeat([1.0, 2.0, 3.0], 10)
    assert sign_flip(difference, np.repeat(np.arange(3), 10)) == 2 / 2**3
    assert sign_flip(difference, np.arange(30)) < 0.001


def test_under_no_difference_p_is_uniform():
    """Hits of a video that are alike: a test of clips would find differences that are not there."""
    random = np.random.default_rng(0)
    video = np.repeat(np.arange(10), 6)
    found = [sign_flip(random.normal(size=10)[video] + 0.1 * random.normal(size=60), video) for _ in range(400)]
    assert np.mean(np.array(found) <= 0.05) == pytest.approx(0.05, abs=0.03)
    assert np.mean(found) == pytest.approx(0.5, abs=0.05)


def test_no_difference_is_sure_and_no_p_is_0():
    assert sign_flip(np.zeros(5), np.arange(5)) == 1
    assert sign_flip(np.ones(100), np.arange(100)) == 1 / (1 + paired.FLIPS)


def test_the_unknown_is_left_out_and_nothing_is_refused():
    difference = np.array([1.0, np.nan, 2.0, 0.5])
    assert sign_flip(difference, np.arange(4)) == sign_flip(difference[[0, 2, 3]], np.arange(3))
    for empty in (np.array([]), np.array([np.nan])):
        with pytest.raises(ValueError, match="no clips"):
            sign_flip(empty, np.arange(len(empty)))


def test_holm_steps_down():
    """By hand: times 4, 3, 2, 1, never falling."""
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm(np.array([0.5, 0.9])).tolist() == [1, 1]
    assert holm(np.array([])).tolist() == []
    assert holm(np.array([0.02])).tolist() == [0.02]
