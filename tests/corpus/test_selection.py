"""What later stages are told of a manifest, and what footage's manifest holds."""

import numpy as np
import pandas as pd
import pytest

from impactsound.corpus.footage import build_footage
from impactsound.corpus.manifest import COLUMNS, save
from impactsound.corpus.selection import clips_of, labels_of, materials_of, videos_of
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


def test_footage_keeps_every_hit_however_early_or_close(tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"not read here")
    (tmp_path / "x_times.txt").write_text("0.9\n0.01 wood\n0.02\n")
    table = build_footage(tmp_path)
    assert np.allclose(table["onset"], [0.01, 0.02, 0.9])
    assert table["clip"].tolist() == ["x/001", "x/002", "x/000"]
    assert set(table["split"]) == {"footage"}


def test_footage_without_a_hit_is_refused(tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"not read here")
    (tmp_path / "x_times.txt").write_text("\n")
    with pytest.raises(InputError, match=r"no hit in any _times\.txt"):
        build_footage(tmp_path)
