"""What is seen: the stick touches at the onset, faster strikes move faster, larger things look larger."""

from dataclasses import replace

import numpy as np
import pytest

from impactsound.corpus import stick
from impactsound.corpus.looks import LOOKS
from impactsound.corpus.scene import Camera, Scene
from impactsound.corpus.things import KINDS, Thing, draw_thing
from impactsound.physics.objects import MATERIALS, Membrane, Plate

ONSET = np.array([0.5, 1.1, 1.9])
SPEED = np.array([0.5, 2.0, 4.0])
POINT = np.array([[0.05, 0.0], [-0.05, 0.02], [0.0, -0.03]])


def test_the_tip_touches_at_the_onsets_only():
    assert np.abs(stick.height(ONSET, ONSET, SPEED)).max() < 1e-12
    time = np.arange(0, 2.5, 0.001)
    height = stick.height(time, ONSET, SPEED)
    away = np.abs(time[:, None] - ONSET).min(1) > 0.01
    assert height[away].min() > 0.002 and height.max() < 0.2


def test_the_tip_comes_down_at_the_speed_of_the_strike():
    step = 1e-5
    before = stick.height(ONSET - step, ONSET, SPEED) / step
    after = stick.height(ONSET + step, ONSET, SPEED) / step
    np.testing.assert_allclose(before, SPEED, rtol=1e-2)
    np.testing.assert_allclose(after, stick.RESTITUTION * SPEED, rtol=1e-2)


def test_the_tip_is_over_the_point_it_strikes():
    np.testing.assert_allclose(stick.place(ONSET, ONSET, POINT), POINT)
    around = np.array([0.0, 0.45, 0.6, 1.0, 1.2, 1.8, 2.4])
    np.testing.assert_allclose(stick.place(around, ONSET, POINT), POINT[[0, 0, 0, 1, 1, 2, 2]])
    np.testing.assert_allclose(stick.place(around, ONSET[:1], POINT[:1]), POINT[[0] * 7])


def difference(scene, height):
    """How much the stick with its tip at this height over the thing's middle changes every pixel."""
    picture = scene._with_stick(scene.above(np.zeros((1, 2)), np.array([height]))[0])
    return np.abs(picture - scene.still).max(-1)


@pytest.mark.parametrize("material", list(KINDS))
def test_the_drawn_tip_meets_the_surface_where_it_strikes(material):
    rng = np.random.default_rng(1)
    scene = Scene(draw_thing(material, rng), Camera(128, 96), rng)
    column, row = scene.camera.project(scene.above(np.zeros((1, 2)), np.zeros(1)))[0]
    assert abs(row - 0.58 * 96) < 10 and abs(column - 64) < 10
    touching = difference(scene, 0.0)[int(row) - 2 : int(row) + 1, int(column)]
    assert touching.max() > 0.02


def test_a_larger_thing_covers_more_of_the_picture():
    def covered(size):
        body = Plate(MATERIALS["plastic"], size, 0.8 * size, 0.004)
        scene = Scene(Thing("plastic", body, 0.04), Camera(128, 96), np.random.default_rng(0))
        bright = scene.still.max(-1) - scene.still.min(-1)
        return (bright > 0.3).mean()

    assert covered(0.3) == pytest.approx(4 * covered(0.15), rel=0.1)


def test_a_picture_scales_with_its_pixels():
    thing = Thing("cloth", Membrane(MATERIALS["cloth"], 0.12, 5e-4), 0.1)
    small, large = (
        Scene(thing, Camera(width, height), np.random.default_rng(0)).still for width, height in ((128, 96), (256, 192))
    )
    halved = large.reshape(96, 2, 128, 2, 3).mean((1, 3))
    assert np.abs(halved - small).mean() < 0.05


def test_materials_look_different_and_things_differ():
    pictures = {}
    for material in LOOKS:
        body = Plate(MATERIALS["wood"], 0.3, 0.25, 0.01)
        scene = Scene(Thing(material, body, 0.01), Camera(64, 48), np.random.default_rng(3))
        pictures[material] = scene.still
        again = Scene(Thing(material, body, 0.01), Camera(64, 48), np.random.default_rng(3)).still
        np.testing.assert_array_equal(scene.still, again)
    names = list(pictures)
    for one in range(len(names)):
        for other in range(one):
            assert np.abs(pictures[names[one]] - pictures[names[other]]).mean() > 0.02
    assert set(LOOKS) == set(KINDS) == set(MATERIALS)


def test_frames_are_bytes_of_the_size_asked_for():
    rng = np.random.default_rng(0)
    scene = Scene(replace(draw_thing("rock", rng)), Camera(64, 48), rng)
    frames = list(scene.frames(np.zeros((3, 2)), np.array([0.1, 0.0, 0.1])))
    assert [(frame.shape, frame.dtype) for frame in frames] == [((48, 64, 3), np.uint8)] * 3
    assert np.abs(frames[0].astype(int) - frames[1]).max() > 30  # the stick moved
