"""A file that a stranger sealed is read of its own data, or not at all."""

import hashlib
import shutil

import h5py
import numpy as np
import pytest
import torch

from impactsound import store
from impactsound.dubbing import bank, cache
from impactsound.dubbing.hits import Hits
from impactsound.errors import InputError


def sealed(path, change):
    """Change a file and seal it as if nothing had been."""
    with h5py.File(path, "r+") as file:
        change(file)
    with path.open("r+b") as file:
        file.seek(store.BLOCK)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        file.write((store.SEAL + digest.encode()).ljust(store.BLOCK, b"\0"))
    return path


def replaced(name, **how):
    def change(file):
        del file[name]
        if "link" in how:
            file[name] = how["link"]
        else:
            file.create_dataset(name, **how)

    return change


@pytest.fixture
def path(tiny_model, tmp_path):
    """A bank to be changed."""
    return shutil.copy(tiny_model / "bank.h5", tmp_path / "bank.h5")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (replaced("latent", link=h5py.ExternalLink("/etc/hostname", "a")), "the data of '/latent' are not in it"),
        (replaced("latent", link=h5py.SoftLink("/latent")), "the data of '/latent' are not in it"),
        (
            replaced("latent", shape=(12, 4), dtype="f4", external=[("/etc/hostname", 0, h5py.h5f.UNLIMITED)]),
            "the data of '/latent' are not in it",
        ),
        (
            replaced("latent", shape=(12, 1 << 30), dtype="f4", chunks=(1, 64)),
            "'/latent' has more data than it can hold",
        ),
        (replaced("latent", data=np.zeros((12, 4))), "holds what is no physics"),
        (replaced("onset", data=np.zeros(5, "f4")), "holds what is no physics"),
        (replaced("decay", data=np.full((12, 8), np.nan, "f4")), "holds what is no physics"),
        (replaced("power", data=np.full((12, 8), np.inf, "f4")), "holds what is no physics"),
        (replaced("material", data=np.zeros(12)), "damaged"),
        (lambda file: file.attrs.__delitem__("config"), "damaged"),
    ],
)
def test_a_bank_that_asks_for_more_than_it_has_is_refused(path, change, said):
    with pytest.raises(InputError) as caught:
        bank.read(sealed(path, change))
    assert str(caught.value).startswith(f"{path}: ") and said in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "values", [np.full((4, 512), np.nan, "f4"), np.zeros((4, 512)), np.zeros(4, "f4"), [[b"a"]] * 4]
)
def test_latents_that_are_none_are_not_taken(tmp_path, model, hits, latent, values):
    path = tmp_path / "clip.hits.h5"
    cache.update(path, model, hits, latent)
    assert torch.equal(cache.known_latents(path, hits), latent)
    assert cache.known_latents(sealed(path, replaced("latent", data=values)), hits) is None


def test_sounds_that_are_none_are_made_again(tmp_path, model, hits: Hits, latent):
    path = tmp_path / "clip.hits.h5"
    cache.update(path, model, hits, latent)
    before = path.read_bytes()

    def spoil(file):
        file["sound"][0] = np.full(100, np.nan, np.float32)
        file["sound"][1] = np.full(100, np.inf, np.float32)

    assert cache.update(sealed(path, spoil), model, hits, latent) == 2
    assert path.read_bytes() == before
    other = tmp_path / "other.h5"
    shutil.copy(path, other)
    sealed(path, replaced("sound", link=h5py.ExternalLink(str(other), "sound")))
    assert cache.update(path, model, hits, latent) == 4
    assert path.read_bytes() == before
