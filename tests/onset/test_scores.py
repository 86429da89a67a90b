"""Found hits are counted as mir_eval counts them; what is near another event counts neither way."""

import mir_eval
import numpy as np
import pytest

from impactsound.onset.events import Events
from impactsound.onset.scores import FIGURES, TOLERANCES, counts, errors, figures, onset_table

NONE = np.zeros(0)


def drawn(seed):
    rng = np.random.default_rng(seed)
    true = np.sort(rng.uniform(0, 3, 12))
    found = np.sort(np.concatenate([true[rng.random(12) < 0.8] + 0.05 * rng.standard_normal(), rng.uniform(0, 3, 3)]))
    return Events("", true, NONE), found


@pytest.mark.parametrize("tolerance", TOLERANCES)
@pytest.mark.parametrize("seed", range(20))
def test_figures_are_those_of_mir_eval(seed, tolerance):
    events, found = drawn(seed)
    f, precision, recall = mir_eval.onset.f_measure(events.hits, found, window=tolerance)
    np.testing.assert_allclose(figures(counts(events, found, tolerance)), [precision, recall, f])


@pytest.mark.filterwarnings("ignore::UserWarning")  # mir_eval's of nothing
def test_nothing_found_and_nothing_there_are_zero():
    for events, found in ((Events("", np.array([1.0]), NONE), NONE), (Events("", NONE, NONE), np.array([1.0]))):
        assert figures(counts(events, found, 0.05)).tolist() == list(mir_eval.onset.f_measure(events.hits, found))


def test_near_another_event_a_found_hit_is_neither_right_nor_wrong():
    events = Events("", np.array([1.0]), np.array([1.02, 2.0]))
    assert counts(events, np.array([1.01, 2.05, 2.2]), 0.05).tolist() == [1, 2, 1]
    assert counts(events, np.array([2.05]), 0.05).tolist() == [0, 0, 1]


def test_the_table_has_the_means_over_videos_and_over_hits():
    events = [Events("", np.array([1.0, 2.0, 3.0]), NONE), Events("", np.array([1.0]), NONE)]
    found = {"a": [np.array([1.01, 2.07, 3.0]), NONE], "b": [video.hits for video in events]}
    table = onset_table(events, found, seed=0).set_index(["detector", "tolerance", "mean"])
    row = table.loc[("a", 0.05, "videos")]
    assert row[["precision", "recall", "f_measure"]].round(6).tolist() == [0.333333, 0.333333, 0.333333]
    row = table.loc[("a", 0.05, "hits")]
    assert row[["precision", "recall", "f_measure"]].round(6).tolist() == [0.666667, 0.5, 0.571429]
    assert (row["videos"], row["hits"], row["found"]) == (2, 4, 3)
    assert np.isclose(row["error_ms"], 5.0) and np.isclose(table.loc[("a", 0.1, "hits"), "error_ms"], 10.0)
    assert (table.loc["b", [*FIGURES]] == 1).all(axis=None) and (table.loc["b", "error_ms"] == 0).all()


def test_the_interval_is_that_of_videos_drawn_again():
    rng = np.random.default_rng(0)
    events = [Events("", np.array([1.0]), NONE) for _ in range(200)]
    found = [video.hits + (0.0 if right else 0.5) for video, right in zip(events, rng.random(200) < 0.8, strict=True)]
    row = onset_table(events, {"a": found}, seed=0).iloc[0]
    spread = 1.96 * np.sqrt(row["f_measure"] * (1 - row["f_measure"]) / 200)
    np.testing.assert_allclose(
        [row["f_measure_low"], row["f_measure_high"]], row["f_measure"] + spread * np.array([-1, 1]), atol=0.015
    )


def test_errors_are_late_times():
    events = Events("", np.array([1.0, 2.0]), NONE)
    np.testing.assert_allclose(errors(events, np.array([1.03, 1.96, 2.5]), 0.05), [0.03, -0.04])
