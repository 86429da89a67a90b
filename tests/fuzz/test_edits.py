"""Edits of hits and the files beside a dubbed video, written by hand or by a stranger."""

import dataclasses
import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.contract import here
from fuzz.strategies import damaged, examples, mutated
from fuzz.test_models import resealed
from impactsound import store
from impactsound.dubbing import cache
from impactsound.dubbing.dub import Wishes, dub
from impactsound.dubbing.edit import RANGES, Edit, Low
from impactsound.dubbing.hits import read_edits, read_hits, write_hits
from impactsound.dubbing.model import Model

pytestmark = pytest.mark.fuzz

KEYS = [*RANGES, "low", "modes", "entry", "time", "edit", "id", "hits", "all", "format", "decibels", "decay"]
EDITS = {
    "format": "impactsound edits/1",
    "all": {"size": 2, "low": {"modes": 3, "decibels": -6, "decay": 2}},
    "hits": [{"id": 0, "edit": {"strength": -3, "time": 0.25, "entry": "wood"}}, {"id": 1, "edit": {"damping": 3}}],
}


@pytest.fixture(scope="module")
def model(tiny_model) -> Model:
    """The tiny model in memory."""
    return Model.load(tiny_model)


@pytest.fixture(scope="module")
def dubbed(ground, short, model) -> Path:
    """A dubbed video and what belongs beside it."""
    output = ground.root / "dubbed" / "dubbed.mp4"
    done = dub(short, output, model, Wishes(times="0.5,0.9"))
    edited = (dataclasses.replace(done.hits.hits[0], edit=Edit(size=2.0, low=Low(2, -3.0))), done.hits.hits[1])
    write_hits(output.with_suffix(".hits.json"), dataclasses.replace(done.hits, hits=edited, all=Edit(tilt=1.0)))
    return output


def as_json(tree: object) -> bytes:
    return json.dumps(tree).encode(errors="replace")


@given(data=st.data(), whole=st.booleans())
@examples(1500)
def test_edits(ground, dubbed, model, data, whole):
    hits = dubbed.with_suffix(".hits.json")
    tree = json.loads(hits.read_text()) if whole else EDITS
    content = data.draw(st.one_of(damaged(as_json(tree)), mutated(tree, KEYS).map(as_json)))
    path = ground.given / "edits.json"
    path.write_bytes(content)
    ground.tried("edits", lambda: read_edits(path, read_hits(hits), model.bank.clips), path.name, how=here)


@given(data=st.data())
@examples(700)
def test_hits(ground, dubbed, data):
    tree = json.loads(dubbed.with_suffix(".hits.json").read_text())
    path = ground.given / "hits.json"
    path.write_bytes(data.draw(st.one_of(damaged(as_json(tree)), mutated(tree, KEYS).map(as_json))))

    def read():
        write_hits("again.json", found := read_hits(path))
        assert read_hits("again.json").to_json() == found.to_json()

    ground.tried("hits of a dubbed video", read, path.name, how=here)


@given(data=st.data(), file=st.sampled_from(["hits.json", "hits.h5", "edits.json"]))
@examples(40)
def test_dubs_by_files_of_a_stranger(ground, short, dubbed, model, data, file):
    for path in dubbed.parent.iterdir():
        shutil.copy(path, ground.results)
    output = ground.results / dubbed.name
    edits = ground.given / "edits.json"
    edits.write_bytes(as_json(EDITS))
    if file == "hits.h5":
        whole = output.with_suffix(".hits.h5").read_bytes()
        resealed(
            output.with_suffix(".hits.h5"), content=whole[: store.BLOCK] + data.draw(damaged(whole[store.BLOCK :]))
        )
    else:
        path = edits if file == "edits.json" else output.with_suffix(".hits.json")
        path.write_bytes(as_json(data.draw(mutated(json.loads(path.read_text()), KEYS))))
    call = lambda: dub(short, output, model, Wishes(edits=edits)) and None  # noqa: E731
    ground.tried("dubs by files of a stranger", call, "edits.json", "hits.json", output.name)
    emptied(ground.results)


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_sounds_made_to_do_harm(ground, short, dubbed, model):
    def sounds(values) -> object:
        def change(file: h5py.File) -> None:
            del file["sound"]
            kept = file.create_dataset("sound", (2,), h5py.vlen_dtype(np.float32))
            for row in range(2):
                kept[row] = values

        return change

    def dataset(name: str, values) -> object:
        def change(file: h5py.File) -> None:
            del file[name]
            file[name] = values

        return change

    harms = {
        "no number": sounds(np.full(4000, np.nan, np.float32)),
        "very long": sounds(np.ones(1 << 24, np.float32)),
        "no list of sounds": dataset("sound", np.zeros((2, 4000))),
        "latents of another length": dataset("latent", np.zeros((2, 3), np.float32)),
        "latents that are words": dataset("latent", [["a"] * 3] * 2),
        "latents that are no numbers": dataset("latent", np.full((2, 512), np.nan, np.float32)),
        "a link": lambda file: (
            file.move("sound", "kept"),
            file.__setitem__("sound", h5py.ExternalLink("/etc/passwd", "a")),
        ),
    }
    edits = ground.given / "edits.json"
    edits.write_bytes(as_json(EDITS))
    before = {}
    for name, change in {"nothing": lambda file: None, **harms}.items():
        for path in dubbed.parent.iterdir():
            shutil.copy(path, ground.results)
        output = ground.results / dubbed.name
        resealed(output.with_suffix(".hits.h5"), change)
        assert ground.tried(
            "dubs by files of a stranger", lambda to=output: dub(short, to, model, Wishes(edits=edits)) and None
        )
        before.setdefault("wav", output.with_suffix(".wav").read_bytes())
        assert output.with_suffix(".wav").read_bytes() == before["wav"], name
        assert cache.peaks(output.with_suffix(".hits.h5")).max() < 100
        emptied(ground.results)
