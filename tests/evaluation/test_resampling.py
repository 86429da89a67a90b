"""Means over drawn videos, against a loop that draws them one by one."""

import numpy as np
import pytest

from impactsound.evaluation.resampling import interval, means, pair_means, resample

VIDEO = np.array(list("abacbca"))
VALUES = np.array([1.0, 2.0, 4.0, np.nan, 16.0, 32.0, 64.0])


def rows_of(times):
    """The clips of a draw, each as often as its video is drawn."""
    drawn = np.repeat(np.unique(VIDEO), times.astype(int))
    return np.concatenate([np.flatnonzero(name == VIDEO) for name in drawn])


def test_as_many_videos_are_drawn_as_there_are_and_each_as_likely():
    drawn = resample(VIDEO, 0, 5000)
    assert (drawn.times.sum(1) == 3).all()
    assert drawn.times.mean(0) == pytest.approx([1, 1, 1], abs=0.05)
    assert drawn.times.var(0) == pytest.approx([2 / 3] * 3, abs=0.05)  # multinomial
    assert np.array_equal(drawn.clips(9)[:, [0, 2, 6]], np.repeat(drawn.times[:9, :1], 3, 1))
    assert np.array_equal(resample(VIDEO, 0, 9).times, drawn.times[:9])
    assert not np.array_equal(resample(VIDEO, 1, 9).times, drawn.times[:9])


def test_means_are_those_of_the_drawn_clips_without_the_unknown():
    drawn = resample(VIDEO, 0, 50)
    expected = [np.nanmean(VALUES[rows_of(times)]) for times in drawn.times]
    assert means(VALUES, drawn) == pytest.approx(expected)
    unknown = means(np.where(VIDEO == "a", 1.0, np.nan), drawn)
    assert np.array_equal(np.isnan(unknown), drawn.times[:, 0] == 0)


def test_classes_that_are_drawn_count_the_same():
    drawn, stratum = resample(VIDEO, 0, 50), np.array([0, 1, 0, 3, 1, 3, 1])

    def macro(rows):
        known = rows[~np.isnan(VALUES[rows])]
        return np.mean([VALUES[known][stratum[known] == each].mean() for each in np.unique(stratum[known])])

    assert means(VALUES, drawn, stratum) == pytest.approx([macro(rows_of(times)) for times in drawn.times])


def test_pairs_of_a_video_with_itself_do_not_count():
    drawn = resample(VIDEO, 0, 50)
    total, count = np.array([[0, 3, 5], [3, 0, 7], [5, 7, 0]]), np.array([[0, 6, 6], [6, 0, 4], [6, 4, 0]])

    def mean(times):
        members = np.repeat(np.arange(3), times.astype(int))
        chosen = [(i, j) for i in members for j in members if i != j]
        return sum(total[pair] for pair in chosen) / sum(count[pair] for pair in chosen) if chosen else np.nan

    found = pair_means(total, count, drawn, 40)
    assert found == pytest.approx([mean(times) for times in drawn.times[:40]], nan_ok=True)
    assert np.isnan(found).any()


def test_an_interval_is_the_middle_and_of_a_single_video_a_point():
    assert interval(np.append(np.arange(1001.0), np.nan)) == pytest.approx((25, 975))
    low, high = interval(means(np.array([1.0, 2.0]), resample(np.zeros(2), 0, 10)))
    assert low == high == 1.5
    assert np.isnan(interval(np.full(3, np.nan))).all()
    with pytest.raises(ValueError, match="no clips"):
        resample(np.array([]))
