"""Model packs that are damaged, put together from several, or made to do harm."""

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from fuzz.strategies import damaged, examples, mutated
from impactsound import store, tensors, weights
from impactsound.dubbing import bank
from impactsound.dubbing.card import pack
from impactsound.dubbing.dub import Wishes, dub
from impactsound.dubbing.model import Model
from tiny_model import made_model

pytestmark = pytest.mark.fuzz

FILES = (
    "model.json",
    "bank.h5",
    "vision.safetensors",
    "onset.safetensors",
    "residual.safetensors",
    "network.safetensors",
)
SMALL = FILES[:1] + FILES[3:]  # weights of a size that can be written often
KEYS = ["weights", "wings", "seed", "told", "clip", "colour"]


class Packs:
    """Packs of a model of which one file is another."""

    def __init__(self, whole: Path, ground):
        self.whole, self.ground, self.folder = whole, ground, ground.given / "pack"
        self.folder.mkdir()
        for name in FILES:
            os.link(whole / name, self.folder / name)

    def put(self, name: str, content: bytes | None = None, make: Callable[[Path], object] | None = None) -> None:
        """Have another file of a name, of some content or made by a function."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        if make is not None:
            make(path)
        elif content is not None:
            path.write_bytes(content)

    def back(self, *names: str) -> None:
        """Have the whole files again."""
        for name in names:
            shutil.rmtree(self.folder / name) if (self.folder / name).is_dir() else None
            (self.folder / name).unlink(missing_ok=True)
            os.link(self.whole / name, self.folder / name)

    def tried(self, kind: str, *names: str, use: bool = False) -> bool:
        """Load the pack and, where that works and is wished for, dub by it."""
        video = self.ground.root / "short.mp4"

        def load():
            model = Model.load(self.folder)
            if use:
                dub(video, "out.mp4", model, Wishes(times="0.5,0.9"))

        taken = self.ground.tried(kind, load, str(self.folder), *names)
        for path in self.ground.results.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return taken


@pytest.fixture(scope="module")
def packs(tiny_model, ground, short) -> Packs:
    """The tiny model's."""
    os.link(short, ground.root / "short.mp4")
    return Packs(tiny_model, ground)


@pytest.fixture(autouse=True)
def whole_again(packs):
    """Whatever has failed, the next test begins with whole files."""
    yield
    packs.back(*FILES)


@given(name=st.sampled_from([*FILES, *SMALL]), data=st.data())
@examples(50)
def test_damaged_files(packs, name, data):
    content = data.draw(damaged((packs.whole / name).read_bytes()))
    packs.put(name, content)
    packs.tried("model packs, damaged", use=name == "model.json")
    packs.back(name)


@pytest.fixture(scope="module")
def others(tmp_path_factory) -> list[Path]:
    """Other models: one without a network, and one of other weights."""
    folder = tmp_path_factory.mktemp("others")
    found = [made_model(folder / "modal", "modal"), made_model(folder / "other")]
    path = found[1] / "vision.safetensors"
    state = load_file(path)
    state["resnet.fc.bias"] += 1
    tensors.save(path, state, weights.config(path))
    return found


def test_files_of_other_models_and_of_other_kinds(packs, others):
    found = [path for model in others for path in sorted(model.iterdir())]
    found += [packs.whole / name for name in FILES]
    for name in FILES:
        for path in found:
            packs.put(name, path.read_bytes())
            packs.tried("model packs, put together from several", use=path.name == name)
        packs.back(name)


def test_what_is_no_file(packs):
    tricks = {
        "folder": lambda path: path.mkdir(),
        "pipe": lambda path: os.mkfifo(path),
        "loop": lambda path: path.symlink_to(path.name),
        "zero": lambda path: path.symlink_to("/dev/zero"),
        "passwd": lambda path: path.symlink_to("/etc/passwd"),
        "nothing": lambda path: None,
    }
    for name in FILES:
        for make in tricks.values():
            packs.put(name, make=make)
            assert not packs.tried("model packs, of links and devices")
            packed = packs.ground.tried(
                "model packs, of links and devices", lambda: pack(packs.folder, None, "packed"), str(packs.folder)
            )
            assert not packed
            packs.back(name)


@given(data=st.data())
@examples(50)
def test_settings_of_a_stranger(packs, data):
    found = json.loads((packs.whole / "model.json").read_text())
    packs.put("model.json", json.dumps(data.draw(mutated(found, KEYS))).encode(errors="replace"))
    packs.tried("model packs, hostile settings", use=True)
    packs.back("model.json")


@given(name=st.sampled_from(SMALL[1:]), data=st.data())
@examples(50)
def test_headers_of_a_stranger(packs, name, data):
    path = packs.whole / name
    config = data.draw(mutated(weights.config(path), KEYS))
    packs.put(name, make=lambda new: tensors.save(new, load_file(path), config))
    packs.tried("model packs, hostile headers", "the network was trained", use=True)
    packs.back(name)


def test_headers_that_ask_for_much(packs):
    def changed(config: dict, where: tuple, value: object) -> dict:
        config = json.loads(json.dumps(config))
        inner = config
        for key in where[:-1]:
            inner = inner[key]
        inner[where[-1]] = value
        return config

    much = {
        "vision.safetensors": [(("classes",), 10**9), (("weights",), "/etc/passwd"), (("depth",), 50)],
        "residual.safetensors": [
            *[((key,), 10**8) for key in ("bands", "width", "layers", "heads")],
            *[(("clip", key), 10**8) for key in ("sample_rate", "duration", "n_fft")],
        ],
        "network.safetensors": [
            *[(("network", key), 10**7) for key in ("width", "blocks", "heads", "head_dim", "fine")],
            *[(("network", "multipliers"), value) for value in ([10**6], [1] * 10**4)],
            *[(("told", "rendered"), [1, 10**5, 10**5]), (("told", "visual"), [10**9]), (("sketch",), 10**8)],
            *[(("clip", key), 10**9) for key in ("sample_rate", "duration", "n_fft")],
        ],
        "onset.safetensors": [(("frame_rate",), 1e9), (("frame_size",), 10**6)],
    }
    for name, cases in much.items():
        path = packs.whole / name
        state, config = load_file(path), weights.config(path)
        for where, value in cases:
            told = changed(config, where, value)
            packs.put(name, make=lambda new, told=told, state=state: tensors.save(new, state, told))
            assert not packs.tried("model packs, hostile headers", use=name.startswith("onset")) or where == (
                "weights",
            )
        packs.back(name)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 3e38])
def test_weights_that_are_no_numbers(packs, value):
    for name in FILES[2:]:
        path = packs.whole / name
        state = {
            key: torch.full_like(old, value) if old.is_floating_point() else old for key, old in load_file(path).items()
        }
        packs.put(name, make=lambda new, path=path, state=state: tensors.save(new, state, weights.config(path)))
        packs.tried("model packs, hostile weights", "hit ", "/0", use=True)
        packs.back(name)


def resealed(path: Path, change: Callable[[h5py.File], object] | None = None, content: bytes | None = None) -> None:
    """Change an HDF5 file and seal it as if nothing had been."""
    if content is not None:
        path.write_bytes(content.ljust(store.BLOCK + 1, b"\0"))
    if change is not None:
        with h5py.File(path, "r+") as file:
            change(file)
    with path.open("r+b") as file:
        file.seek(store.BLOCK)
        import hashlib

        seal = store.SEAL + hashlib.sha256(file.read()).hexdigest().encode()
        file.seek(0)
        file.write(seal.ljust(store.BLOCK, b"\0"))


@given(data=st.data())
@examples(150)
def test_banks_that_are_damaged_and_sealed_again(packs, data):
    whole = (packs.whole / "bank.h5").read_bytes()
    path = packs.ground.given / "bank.h5"
    resealed(path, content=whole[: store.BLOCK] + data.draw(damaged(whole[store.BLOCK :])))
    packs.ground.tried("banks, damaged and sealed again", lambda: bank.read(path) and None, path.name)
    path.unlink()


def replaced(name: str, **how) -> Callable[[h5py.File], object]:
    """A change of a bank in which a dataset is another."""

    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, **how)

    return change


def linked(file: h5py.File, link: object) -> None:
    del file["latent"]
    file["latent"] = link


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(file["latent"].shape, np.float32)
    layout[:] = h5py.VirtualSource("/etc/passwd", "latent", file["latent"].shape)
    del file["latent"]
    file.create_virtual_dataset("latent", layout)


def test_banks_made_to_do_harm(packs, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(bytes(12 * 512 * 4))
    n = 12
    harms = {
        "raw data of another file": replaced(
            "latent", shape=(n, 512), dtype="f4", external=[(str(secret), 0, h5py.h5f.UNLIMITED)]
        ),
        "a link to another file": lambda file: linked(file, h5py.ExternalLink(str(secret), "/latent")),
        "a link within": lambda file: linked(file, h5py.SoftLink("/latent")),
        "a virtual dataset": virtual,
        "a group": lambda file: (file.move("latent", "kept"), file.create_group("latent")),
        "no data of a great shape": replaced("latent", shape=(n, 1 << 40), dtype="f4", chunks=(1, 1024)),
        "more than it says": replaced("latent", shape=(1 << 20, 512), dtype="f4", chunks=(64, 512), compression="gzip"),
        "another length": replaced("onset", data=np.zeros(3, "f4")),
        "another rank": replaced("latent", data=np.zeros((n, 4, 4), "f4")),
        "another type": replaced("latent", data=np.zeros((n, 512), "f8")),
        "words": replaced("latent", data=np.array([["a"] * 512] * n, dtype=object), dtype=h5py.string_dtype()),
        "numbers for words": replaced("material", data=np.zeros(n)),
        "other materials": replaced("material", data=["stone"] * n, dtype=h5py.string_dtype()),
        "one clip many times": replaced("clip", data=["a/000"] * n, dtype=h5py.string_dtype()),
        "words that are no text": replaced(
            "clip", data=np.array([b"\xff\xfe"] * n, dtype=object), dtype=h5py.string_dtype()
        ),
        "no entry": lambda file: [replaced(name, data=file[name][:0])(file) for name in list(file)],
        "what is no number": replaced("frequency", data=np.full((n, 8), np.nan, "f4")),
        "what is infinite": replaced("power", data=np.full((n, 8), np.inf, "f4")),
        "what is far too loud": replaced("power", data=np.full((n, 8), 1e38, "f4")),
        "what grows": replaced("decay", data=np.full((n, 8), -1e30, "f4")),
        "what never comes": replaced("onset", data=np.full(n, 1e38, "f4")),
        "an attribute less": lambda file: file.attrs.__delitem__("config"),
        "an attribute that is no text": lambda file: file.attrs.__setitem__("config", np.zeros(3)),
        "an attribute that is a list": lambda file: file.attrs.__setitem__("config", "[" * 10**4),
        "a schema that is no text": lambda file: file.attrs.__setitem__("schema", np.zeros(3)),
    }
    for name, change in harms.items():
        packs.put("bank.h5", (packs.whole / "bank.h5").read_bytes())
        resealed(packs.folder / "bank.h5", change)
        taken = packs.tried("banks, made to do harm", "hit ", "/0", use=True)
        assert not taken or name == "what never comes", name
    packs.back("bank.h5")


def test_a_whole_model_is_taken(packs):
    assert packs.tried("model packs, whole", use=True)
    assert dataclasses.is_dataclass(Model)
