"""A table is shown as it is: names, figures of few digits, intervals beside them, the best of those that compete."""

import base64

import pandas as pd
import pytest

from impactsound.evaluation.grids import Column, grid
from impactsound.evaluation.names import title

COLUMNS = {"fid": Column("FID", "lower"), "accuracy": Column("Accuracy", "higher")}


@pytest.fixture
def path(tmp_path):
    table = pd.DataFrame(
        {
            "system": ["real", "video", "snr_5/physics"],
            "fid": [0.0, 12.34567, 3.0],
            "fid_low": [-1.0, 10.0, None],
            "fid_high": [1.0, 14.0, None],
            "accuracy": [1.0, 0.25, 0.5],
            "accuracy_std": [None, 0.125, 0.0625],
            "n": [150, 150, 150],
        }
    )
    table.to_csv(tmp_path / "comparison.csv", index=False)
    return tmp_path / "comparison.csv"


def test_a_figure_has_its_interval_and_spread_beside_it(path):
    shown = grid(path, COLUMNS)
    assert list(shown.columns) == ["system", "fid", "accuracy", "n"] and shown.names == 1
    assert [column.title for column in shown.columns.values()] == ["system", "FID", "Accuracy", "n"]
    assert [cell.text for cell in shown.rows[1]] == [title("video"), "12.35", "0.25", "150"]
    assert [row[1].aside for row in shown.rows] == ["−1 to 1", "10 to 14", ""]
    assert [row[2].aside for row in shown.rows] == ["", "± 0.125", "± 0.0625"]


def test_the_best_competes(path):
    shown = grid(path, COLUMNS)
    assert [row[1].best for row in shown.rows] == [False, False, True]
    assert [row[2].best for row in shown.rows] == [False, False, True]
    assert not any(row[3].best for row in shown.rows)


def test_a_system_of_a_variant_says_which(path):
    assert grid(path, COLUMNS).rows[2][0].text == f"{title('physics')}, snr_5"


def test_where_a_system_has_several_rows_none_is_the_best(path):
    table = pd.read_csv(path)
    pd.concat([table, table]).to_csv(path, index=False)
    assert not any(cell.best for row in grid(path, COLUMNS).rows for cell in row)


def test_names_come_first_and_what_is_unknown_is_a_dash(path):
    table = pd.DataFrame({"n": [3], "recall": [None], "edit": ["larger"]}).astype({"recall": float})
    table.to_csv(path, index=False)
    shown = grid(path, {})
    assert list(shown.columns) == ["edit", "n", "recall"]
    assert [cell.text for cell in shown.rows[0]] == ["larger", "3", "–"]


def test_the_table_itself_goes_with_it(path):
    shown = grid(path, COLUMNS)
    assert base64.b64decode(shown.csv.partition("base64,")[2]) == path.read_bytes()
