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


@pytest.mark.parametrize("fault", ["cut", "longer", "no seal"])
def test_a_file_that_is_not_as_it_was_written_is_refused(tmp_path, fault):
    path = tmp_path / "f.h5"
    write(path, value=np.arange(3.0))
    content = path.read_bytes()
    faulty = {"cut": content[:-1], "longer": content + b"x", "no seal": content[store.BLOCK :]}
    path.write_bytes(faulty[fault])
    with pytest.raises(InputError, match=r"f\.h5: .* delete it to have it made again"):
        store.read(path, "things/1", "value", clip=["a"])


def test_no_flipped_bit_is_read_as_data(tmp_path):
    path = tmp_path / "f.h5"
    write(path, value=np.arange(3.0))
    content = path.read_bytes()
    seal = len(store.SEAL) + 64
    places = {*range(seal), *np.random.default_rng(0).integers(store.BLOCK, len(content), 200).tolist()}
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        with pytest.raises(InputError, match=r"f\.h5"):
            store.read(path, "things/1", "value", clip=["a"])


def test_the_parts_of_shards_are_joined_in_their_order(tmp_path):
    rng = np.random.default_rng(0)
    names, values = list("abcdef"), rng.normal(size=(6, 4)).astype(np.float32)
    write(tmp_path / "whole.h5", names, value=values)
    for number, rows in enumerate([slice(0, 2), slice(2, 6)]):
        write(tmp_path / f"{number}.h5", names[rows], value=values[rows])
    store.join([tmp_path / "0.h5", tmp_path / "1.h5"], tmp_path / "joined.h5")
    with store.open(tmp_path / "joined.h5", "things/1") as file, store.open(tmp_path / "whole.h5", "things/1") as whole:
        assert store.clips(file) == names
        assert np.array_equal(file["value"][:], values)
        assert dict(file.attrs) == dict(whole.attrs)
        assert {name: data.dtype for name, data in file.items()} == {name: data.dtype for name, data in whole.items()}


def test_pictures_of_varying_length_are_joined_too(tmp_path):
    import h5py

    pictures = [np.full(n, n, np.uint8) for n in (3, 5, 2)]
    for number, part in enumerate([pictures[:1], pictures[1:]]):
        with store.create(tmp_path / f"{number}.h5", "things/1", {}, {}) as file:
            store.write_clips(file, [str(len(each)) for each in part])
            rows = file.create_dataset("frames", (len(part), 1), h5py.vlen_dtype(np.uint8))
            for row, each in enumerate(part):
                rows[row, 0] = each
    store.join([tmp_path / "0.h5", tmp_path / "1.h5"], tmp_path / "joined.h5")
    with store.open(tmp_path / "joined.h5", "things/1") as file:
        assert [row[0].tolist() for row in file["frames"]] == [each.tolist() for each in pictures]


def test_parts_that_were_made_otherwise_are_not_joined(tmp_path):
    write(tmp_path / "0.h5", value=np.zeros(3))
    store.write(tmp_path / "1.h5", "things/1", ["d"], {"x": 2}, {"from": "y"}, value=np.zeros(1))
    with pytest.raises(InputError, match=r"1\.h5: was made otherwise than .*0\.h5"):
        store.join([tmp_path / "0.h5", tmp_path / "1.h5"], tmp_path / "joined.h5")
    assert not (tmp_path / "joined.h5").exists()
