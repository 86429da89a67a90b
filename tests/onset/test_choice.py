"""What is chosen tells true hits from false ones, and lies in the middle of what does."""

import numpy as np

from impactsound.onset.choice import choose
from impactsound.onset.events import Events

RATE = 30.0


def curve(hits, false, n=90):
    found = np.zeros(n)
    found[np.round(np.asarray(hits) * RATE).astype(int)] = 0.8
    found[np.round(np.asarray(false) * RATE).astype(int)] = 0.4
    return found


def test_the_threshold_is_the_middle_of_those_that_err_least():
    hits, false = [0.5, 1.5, 2.5], [1.0, 2.0]
    picker, best = choose(
        [curve(hits, false)], [Events("", np.array(hits), np.zeros(0))], RATE, np.linspace(0.05, 0.95, 19)
    )
    assert best == 1 and np.isclose(picker.threshold, 0.65)
    assert picker(curve(hits, false), RATE)[0].tolist() == hits


def test_the_refractory_time_is_the_longer_where_that_saves_false_hits():
    hits = np.array([0.5, 1.5, 2.5])
    doubled = curve(hits, hits + 2 / RATE)
    doubled[np.round(hits * RATE).astype(int) + 2] = 0.79
    events = [Events("", hits, np.zeros(0))]
    picker, best = choose([doubled], events, RATE, np.array([0.1, 0.5]))
    assert best == 1 and picker.refractory == 0.08
    apart = curve(hits, [])
    assert choose([apart], events, RATE, np.array([0.1, 0.5]))[0].refractory == 0.06
