"""A bank of many entries of a material is asked by its layout, which its file carries; a small one's file has none."""

import dataclasses

import numpy as np
import pytest

from impactsound import store
from impactsound.dubbing import bank as banks
from impactsound.errors import InputError
from impactsound.retrieval import index
from impactsound.retrieval.index import nearest
from tiny_model import made_bank

MANY = 3000


@pytest.fixture(scope="module")
def bank():
    """Three materials, of which the last is small; latents that lie in clusters."""
    made = made_bank("abc", each=MANY)
    draw = np.random.default_rng(1)
    latent = draw.normal(size=(90, 512))[np.arange(len(made.clips)) % 90] + 0.1 * draw.normal(
        size=(len(made.clips), 512)
    )
    material = np.where(np.arange(len(made.clips)) < 2 * MANY + 10, made.material, "glass")
    return dataclasses.replace(made, latent=latent.astype(np.float32), material=material)


@pytest.fixture
def read_again(bank, tmp_path, monkeypatch):
    """The bank written and read, where a thousand entries are many."""
    monkeypatch.setattr(index, "EXACT", 1000 * 512)
    banks.write(tmp_path / "bank.h5", bank, "cosine")
    return banks.read(tmp_path / "bank.h5")


def test_the_large_materials_are_laid_out_for_the_distance(bank, read_again):
    assert set(read_again.layouts) == {("cosine", "glass"), ("cosine", "wood")}
    for (_, material), layout in read_again.layouts.items():
        laid = index.lay_out(bank.latent[bank.material == material], "cosine")
        assert all((values == getattr(laid, name)).all() for name, values in vars(layout).items())


@pytest.mark.parametrize("distance", ["cosine", "euclidean"])
def test_of_each_material_the_nearest_is_found(bank, read_again, distance):
    queries = bank.latent[::500] + 0.05 * np.random.default_rng(2).normal(size=(18, 512)).astype(np.float32)
    for material in ("glass", "wood", "metal"):
        rows = np.flatnonzero(bank.material == material)
        apart, place = nearest(bank.latent[rows], queries, 1, distance)
        for _ in range(2):
            found, entry = read_again.nearest(material, queries, distance)
            assert (bank.material[entry] == material).all()
            assert (entry == rows[place[:, 0]]).mean() >= 0.9
            np.testing.assert_allclose(found, apart[:, 0], rtol=0.1)


def test_a_small_banks_file_says_nothing_of_it(bank, tmp_path):
    small = made_bank("abc")
    for name, distance in (("without", None), ("with", "l1")):
        banks.write(tmp_path / name, small, distance)
    assert (tmp_path / "without").read_bytes() == (tmp_path / "with").read_bytes()
    assert not banks.read(tmp_path / "with").layouts


@pytest.mark.parametrize("fault", ["short", "lacks", "more", "number", "outside"])
def test_a_layout_that_does_not_fit_is_refused(read_again, tmp_path, fault):
    whole, path = tmp_path / "bank.h5", tmp_path / "other.h5"
    with store.open(whole, banks.SCHEMA) as file, store.create(path, banks.SCHEMA, {"encoder": "abc"}, {}) as other:
        for name in file:
            file.copy(name, other)
        group = other["layouts/cosine/0"]
        values = group["cell"][:]
        if fault == "number":
            other.move("layouts/cosine/0", "layouts/cosine/7")
        elif fault == "more":
            group["more"] = values
        else:
            del group["cell"]
            if fault != "lacks":
                group["cell"] = values[1:] if fault == "short" else np.full_like(values, 10**6)
    with pytest.raises(InputError, match=r"other\.h5: damaged"):
        banks.read(path)


def test_entries_are_as_they_were_written(bank, read_again):
    assert (read_again.latent == bank.latent).all() and read_again.clips == bank.clips
    assert (read_again.material == bank.material).all()
