"""Seen nearer, things are larger; at another pace, they happen at another time."""

import numpy as np

from impactsound.media.ffmpeg import read_frames
from impactsound.onset.views import NEAREST, PACES, View, draw_view


def test_plain_is_what_the_video_shows(bar):
    path = bar([0.5], 30)
    assert np.array_equal(list(View().frames(path, 30.0, 48)), list(read_frames(path, 30.0, 48)))


def test_a_near_view_is_a_window_of_a_larger_picture(bar):
    path = bar([0.5], 20)
    large = np.stack(list(read_frames(path, 30.0, 60)))
    seen = np.stack(list(View(1.25, column=1.0, row=0.5).frames(path, 30.0, 48)))
    assert np.array_equal(seen, large[:, 6:54, 12:60])


def test_at_twice_the_pace_every_other_frame_is_seen(bar):
    path = bar([0.5], 40)
    whole = np.stack(list(read_frames(path, 30.0, 48)))
    assert np.array_equal(list(View(pace=2.0).frames(path, 30.0, 48)), whole[::2])
    slow = np.stack(list(View(pace=0.5).frames(path, 30.0, 48)))
    assert np.array_equal(slow[::2], whole) and np.array_equal(slow[1::2], whole)


def test_after_a_cut_the_picture_is_mirrored_until_the_next(bar):
    path = bar([0.5], 30)
    whole = np.stack(list(read_frames(path, 30.0, 48)))
    seen = np.stack(list(View(cut=0.31).frames(path, 30.0, 48)))
    assert np.array_equal(seen[:10], whole[:10]) and np.array_equal(seen[19:28], whole[19:28])
    assert np.array_equal(seen[10:19], whole[10:19, :, ::-1]) and np.array_equal(seen[28:], whole[28:, :, ::-1])
    assert not np.array_equal(seen[10], whole[10])


def test_views_are_drawn_by_the_videos_name_within_their_bounds():
    views = [draw_view(f"v{number}", 0) for number in range(400)]
    assert views == [draw_view(f"v{number}", 0) for number in range(400)]
    varied = [view for view in views if view != View()]
    assert 150 < len(varied) < 250
    assert all(1 <= view.zoom <= NEAREST and PACES[0] <= view.pace <= PACES[1] for view in varied)
    assert np.std([np.log(view.pace) for view in varied]) > 0.1 and len({view.row for view in varied}) == len(varied)
