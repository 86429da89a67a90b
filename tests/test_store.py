"""Files are whole or absent, and stages join by id."""

import h5py
import numpy as np
import pytest

from impactsound import store
from impactsound.errors import InputError


def write(path, clip=("b", "a", "c"), **datasets):
    store.write(path, "things/1", clip, {"x": 1}, {"from": "y"}, **datasets)


def test_rows_come_in_the_order_asked_for_and_not_of_the_file(tmp_path):
    write(tmp_path / "f.h5", value=np.array([10.0, 20.0, 30.0]))
    (value,) = store.read(tmp_path / "f.h5", "things/1", "value", clip=["c", "b"])
    assert value.tolist() == [30.0, 10.0]


def test_clip_is_the_first_dataset_and_the_attributes_say_what_it_is(tmp_path):
    write(tmp_path / "f.h5", value=np.zeros(3))
    with h5py.File(tmp_path / "f.h5") as file:
        assert set(file) == {"clip", "value"}
        assert dict(file.attrs) == {"schema": "things/1", "config": '{"x": 1}', "source": '{"from": "y"}'}


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path):
    write(tmp_path / "f.h5", value=np.ones(3))
    with pytest.raises(ValueError, match="value has 2 rows for 3 clips"):
        write(tmp_path / "f.h5", value=np.zeros(2))
    assert store.read(tmp_path / "f.h5", "things/1", "value", clip=["a"])[0] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["f.h5"]


@pytest.mark.parametrize("fault", ["absent", "foreign schema", "truncated", "unknown clip"])
def test_what_cannot_be_read_is_named(tmp_path, fault):
    path = tmp_path / "f.h5"
    if fault != "absent":
        write(path, value=np.zeros(3))
    if fault == "truncated":
        path.write_bytes(path.read_bytes()[:100])
    schema = "others/1" if fault == "foreign schema" else "things/1"
    with pytest.raises(InputError, match=r"f\.h5") as caught:
        store.read(path, schema, "value", clip=["nobody"])
    assert "\n" not in str(caught.value)
