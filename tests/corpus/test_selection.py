"""What later stages are told of a manifest."""

import pandas as pd
import pytest

from impactsound.corpus.selection import clips_of, labels_of, materials_of, videos_of
from impactsound.corpus.table import COLUMNS, save
from impactsound.errors import InputError


@pytest.fixture
def path(tmp_path):
    rows = [
        ("a/001", "a", "wood", "train"),
        ("a/000", "a", "glass", "train"),
        ("b/000", "b", "None", "test"),
    ]
    table = pd.DataFrame(rows, columns=["clip", "video", "material", "split"])
    for name in COLUMNS:
        if name not in table:
            table[name] = 0.5 if name == "onset" else "x"
    save(table[list(COLUMNS)], tmp_path / "manifest.csv")
    return tmp_path / "manifest.csv"


def test_clips_labels_and_videos_come_in_the_order_asked_for(path):
    assert clips_of(path) == ["a/001", "a/000", "b/000"]
    assert materials_of(path, ["a/000", "a/001"]) == ["glass", "wood"]
    assert labels_of(path, ["a/000", "a/001"], ["glass", "metal", "wood"]).tolist() == [0, 2]
    assert videos_of(path, ["b/000", "a/000"]).tolist() == ["b", "a"]


def test_an_unknown_material_is_named(path):
    with pytest.raises(InputError, match="clip b/000 is of 'None'"):
        labels_of(path, ["b/000"], ["glass", "wood"])
