"""Every event of a video counts as a hit or as something else, whatever clips were kept of it."""

import numpy as np
import pandas as pd
import pytest

from impactsound.onset.events import UNSURE, WIDTH, Events, events_of, target


@pytest.fixture
def rows():
    """Two kept clips of a video."""
    clips = ["v/000", "v/002"]
    return pd.DataFrame({"clip": clips, "video": "v", "onset": [0.5, 2.0], "path_video": "videos/v_denoised.mp4"})


@pytest.fixture
def every():
    """All events of the corpus; of one video no clip was kept."""
    onset, action = [0.5, 0.6, 1.0, 2.0, 0.7], ["hit", "scratch", "tap", "hit", "hit"]
    return pd.DataFrame({"video": list("vvvvw"), "onset": onset, "action": action})


def test_all_events_are_told_apart_by_their_action(rows, every):
    events = events_of(rows, every, ["hit"])
    assert list(events) == ["v"]
    assert events["v"].hits.tolist() == [0.5, 2.0] and events["v"].others.tolist() == [0.6, 1.0]
    assert events["v"].path == rows["path_video"][0]
    events = events_of(rows, every, None)["v"]
    assert events.hits.tolist() == [0.5, 0.6, 1.0, 2.0] and events.others.size == 0


def test_the_target_is_a_gaussian_about_each_hit():
    time = np.array([0.5, 0.5 + WIDTH, 1.0, 2.0 - 2 * WIDTH])
    wanted, sure = target(Events("", np.array([0.5, 2.0]), np.zeros(0)), time)
    np.testing.assert_allclose(wanted, np.exp([0.0, -0.5, -200.0, -2.0]), atol=1e-9)
    assert sure.all()


def test_at_another_pace_all_events_are_sooner():
    events = Events("a", np.array([0.5, 2.0]), np.array([1.0])).at(1.25)
    assert events.hits.tolist() == [0.4, 1.6] and events.others.tolist() == [0.8] and events.path == "a"


def test_nothing_is_asked_about_other_events_but_of_hits():
    time = np.arange(0.005, 3, 0.01)
    _, sure = target(Events("", np.array([0.5]), np.array([0.55, 2.0])), time)
    near = (np.abs(time - 2.0) < UNSURE) | ((time > 0.5 + UNSURE) & (time < 0.55 + UNSURE))
    assert (sure == ~near).all()
    assert not target(Events("", np.zeros(0), np.array([1.0])), time)[0].any()
