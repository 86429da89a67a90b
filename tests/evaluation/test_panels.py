"""The shown clips cover the materials; their spectrograms stand in the row of the clip and the column of the system."""

import numpy as np
import pandas as pd
import pytest

from impactsound.config import Clip
from impactsound.evaluation import panels
from impactsound.evaluation.figures import spectrogram
from impactsound.evaluation.pictures import as_svg

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)
MATERIALS = ("cloth", "metal", "wood")
SYSTEMS = ("real", "retrieval", "physics_modes", "$y$")


def manifest():
    rows = [
        (f"{material}{video}/{hit}", material, "test" if video else "train")
        for material in MATERIALS
        for video in range(3)
        for hit in range(2)
    ]
    return pd.DataFrame(rows, columns=["clip", "material", "split"])


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(0)
    return [(name, {system: random.standard_normal(CLIP.n_samples) for system in SYSTEMS}) for name in MATERIALS]


def test_shown_clips_cover_the_materials_whatever_the_order_of_the_manifest():
    table = manifest()
    chosen = panels.choose(table, 3, seed=0)
    assert table.set_index("clip").loc[chosen, "material"].tolist() == sorted(MATERIALS)
    assert panels.choose(table[::-1], 3, seed=0) == chosen
    assert any(panels.choose(table, 3, seed) != chosen for seed in range(1, 10))
    assert set(panels.choose(table, 100, seed=0)) == set(table[table["split"] == "test"]["clip"])
    assert set(chosen) <= set(panels.choose(table, 5, seed=0))


def test_a_spectrogram_is_in_its_clips_row_and_its_systems_column(rows):
    figure = panels.sheet(rows, CLIP)
    *axes, scale = figure.axes
    grid = np.array(axes).reshape(len(MATERIALS), len(SYSTEMS))
    for line, (name, sounds) in zip(grid, rows, strict=True):
        assert line[0].get_ylabel() == name
        for axis, sound in zip(line, sounds.values(), strict=True):
            (image,) = axis.images
            assert np.array_equal(image.get_array(), spectrogram(sound, CLIP))
            assert tuple(image.get_extent()) == (0, CLIP.duration, 0, CLIP.sample_rate / 2000)  # s, kHz
    assert [axis.get_title() for axis in grid[0]] == ["Real", "Retrieval", "Physics,\nmodes only", r"\$y\$"]
    assert scale.get_ylabel() == "dB re peak"


def test_only_the_outer_spectrograms_have_ticks(rows):
    figure = panels.sheet(rows, CLIP)
    figure.draw_without_rendering()
    grid = np.array(figure.axes[:-1]).reshape(len(MATERIALS), len(SYSTEMS))
    for place, axis in np.ndenumerate(grid):
        shown = [any(tick.label1.get_visible() for tick in side.get_major_ticks()) for side in (axis.xaxis, axis.yaxis)]
        assert shown == [place[0] == len(MATERIALS) - 1, place[1] == 0]


def test_the_same_sounds_give_the_same_bytes(rows):
    assert as_svg(panels.sheet(rows[:1], CLIP)) == as_svg(panels.sheet(rows[:1], CLIP))
