"""Nothing of what is left out is trained or validated on, and all of it is tested."""

import pandas as pd
import pytest

from impactsound import store
from impactsound.corpus.left_out import is_left_out, sizes, splits
from impactsound.errors import InputError

ROWS = [
    (video, material, split)
    for video, material, split in zip("abcdef", ["wood", "metal"] * 3, 2 * ["train", "validation", "test"], strict=True)
]


@pytest.fixture
def manifest():
    return pd.DataFrame(ROWS, columns=["video", "material", "split"])


@pytest.fixture
def truth(tmp_path):
    for place, video in enumerate("abcdef"):
        with store.create(tmp_path / f"{video}_truth.h5", "truth/1", {}, {}) as file:
            file.attrs.update(along=0.1 * 4**place, across=0.1)
    return tmp_path


def test_a_material_is_left_out_of_all_but_the_test_split(manifest):
    found = splits(manifest, is_left_out(manifest, ["metal"]))
    assert found["train"]["video"].tolist() == ["a"]
    assert found["validation"]["video"].tolist() == ["e"]
    assert found["test"]["video"].tolist() == ["c", "f"]


def test_without_anything_left_out_every_row_is_in_its_split(manifest):
    found = splits(manifest, is_left_out(manifest))
    assert sum(map(len, found.values())) == len(manifest)
    assert all((rows["split"] == name).all() for name, rows in found.items())


def test_sizes_are_means_of_length_and_width_and_what_is_larger_is_out(manifest, truth):
    assert sizes("abc", truth) == pytest.approx({"a": 0.1, "b": 0.2, "c": 0.4})
    assert is_left_out(manifest, larger_than=0.3, truth=truth).tolist() == [False, False, True, True, True, True]
    assert is_left_out(manifest, ["wood"], 0.3, truth).tolist() == [True, False, True, True, True, True]


def test_unknown_sizes_and_an_empty_split_are_named(manifest):
    with pytest.raises(InputError, match=r"left_out\.larger_than"):
        is_left_out(manifest, larger_than=0.3)
    with pytest.raises(InputError, match="no train clip is left"):
        splits(manifest, is_left_out(manifest, ["metal", "wood"]))
