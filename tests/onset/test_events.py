"""Every event of a video counts as a hit or as something else, whatever clips were kept of it."""

import numpy as np
import pandas as pd
import pytest

from impactsound.onset.events import UNSURE, WIDTH, Events, events_of, target


@pytest.fixture
def rows(tmp_path):
    (tmp_path / "v_times.txt").write_text(
        "0.5 wood hit static\n0.6 wood scratch static\n2 None hit deform\n1 a tap b\n"
    )
    clips = ["v/000", "v/002"]
    return pd.DataFrame({"clip": clips, "video": "v", "onset": [0.5, 2.0], "path_video": f"{tmp_path}/v_denoised.mp4"})


def test_all_events_are_read_and_told_apart_by_their_action(rows):
    events = events_of(rows, ["hit"])["v"]
    assert events.hits.tolist() == [0.5, 2.0] and events.others.tolist() == [0.6, 1.0]
    assert events.path == rows["path_video"][0]
    events = events_of(rows, None)["v"]
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
