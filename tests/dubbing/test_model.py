"""A model is whole and of one piece, or it is refused in one line that names the directory."""

import dataclasses
import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch

from impactsound import store, tensors, weights
from impactsound.corpus.table import COLUMNS
from impactsound.dubbing import bank
from impactsound.dubbing.model import Model, digest, whole_directory, write_model
from impactsound.dubbing.settings import read_settings
from impactsound.dubbing.systems import dubs
from impactsound.errors import InputError
from impactsound.systems import System, read_systems


@pytest.fixture
def copy(tiny_model, tmp_path):
    """A copy of the tiny model, to be damaged."""
    return shutil.copytree(tiny_model, tmp_path / "model")


def settings_changed(directory, change):
    found = json.loads((directory / "model.json").read_text())
    change(found)
    (directory / "model.json").write_text(json.dumps(found))


def test_what_is_written_is_loaded(tiny_model, model):
    assert sorted(path.name for path in tiny_model.iterdir()) == [
        *("bank.h5", "model.json", "network.safetensors", "onset.safetensors", "residual.safetensors"),
        "vision.safetensors",
    ]
    settings = read_settings(tiny_model)
    assert model.settings == settings and settings.clip.frames == 6 and settings.system.told[0] == "visual"
    assert model.id == digest(tiny_model) and len(model.id) == 16 and int(model.id, 16) >= 0
    assert not (model.vision.training or model.renderer.training or model.network.training)
    physics, row = model.bank.physics_of("metal/001"), model.bank.row("metal/001")
    assert torch.equal(physics.modes.decay, model.bank.physics.modes.decay[row]) and row == 9
    assert physics.modes.power.shape == (8,) and physics.onset.shape == ()
    with pytest.raises(InputError, match="no entry 'metal/9'"):
        model.bank.row("metal/9")


def test_the_same_files_have_the_same_bytes_and_identity(tiny_model, model, tmp_path):
    files = {name: tiny_model / f"{name}.safetensors" for name in ("vision", "onset", "network", "residual")}
    write_model(tmp_path / "again", files, model.bank, model.settings)
    assert digest(tmp_path / "again") == model.id
    (tmp_path / "again" / "README.md").write_text("a card")
    assert digest(tmp_path / "again") == model.id
    write_model(tmp_path / "again", files, model.bank, dataclasses.replace(model.settings, reach=1.0))
    assert digest(tmp_path / "again") != model.id and not (tmp_path / "again" / "README.md").exists()


def test_a_system_that_renders_has_no_network(tiny_modal):
    assert Model.load(tiny_modal).network is None
    assert not (tiny_modal / "network.safetensors").exists()


@pytest.mark.parametrize("name", ["model.json", "bank.h5", "vision.safetensors", "network.safetensors"])
def test_a_file_that_is_missing_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(InputError, match=name) as caught:
        Model.load(copy)
    assert str(caught.value).startswith(f"{copy}: ") and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["bank.h5", "vision.safetensors", "network.safetensors", "residual.safetensors"])
def test_a_file_that_is_damaged_is_named(copy, name):
    (copy / name).write_bytes((copy / name).read_bytes()[: 3 << 12])
    with pytest.raises(InputError, match=name):
        Model.load(copy)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda f: f.update(format="impactsound model/2"),
            "another version: 'impactsound model/2', and 'impactsound m",
        ),
        (lambda f: f.pop("format"), "another version: None"),
        (lambda f: f.pop("reach"), "'reach' is missing"),
        (lambda f: f["clip"].update(colour=3), "made by another version"),
        (lambda f: f["system"].pop("told"), "made by another version"),
        (lambda f: f.update(distance="embedding"), "bank.distance = 'embedding' cannot dub"),
        (lambda f: f["system"].update(of="own"), "cannot dub"),
    ],
)
def test_settings_of_another_version_are_refused(copy, change, said):
    settings_changed(copy, change)
    with pytest.raises(InputError) as caught:
        Model.load(copy)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_network_with_settings_that_are_not_known_is_refused(copy):
    path = copy / "vision.safetensors"
    weights.save(path, torch.nn.Linear(2, 2), {"depth": 18, "classes": 3, "wings": 2})
    with pytest.raises(InputError, match=r"vision\.safetensors: made by another version.*wings"):
        Model.load(copy)


def test_files_of_two_models_are_refused(copy):
    from safetensors.torch import load_file

    path = copy / "vision.safetensors"
    state = load_file(path)
    state["resnet.fc.bias"] += 1
    tensors.save(path, state, weights.config(path))
    with pytest.raises(InputError, match=r"model: vision\.safetensors does not belong"):
        Model.load(copy)


@pytest.mark.parametrize(("key", "value"), [("duration", 0.5), ("n_fft", 128), ("hop", 32)])
def test_a_clip_of_another_length_is_refused(copy, key, value):
    settings_changed(copy, lambda found: found["clip"].update({key: value}))
    with pytest.raises(InputError, match="does not belong"):
        Model.load(copy)


def test_what_is_none_is_no_model(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError, match="not a model directory"):
            Model.load(path)


def test_a_directory_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "deep" / "model"
    with whole_directory(target) as partial:
        (partial / "one").write_text("1")
    with pytest.raises(RuntimeError), whole_directory(target) as partial:
        (partial / "two").write_text("2")
        raise RuntimeError
    assert [path.name for path in target.iterdir()] == ["one"]
    assert [path.name for path in target.parent.iterdir()] == ["model"]


def test_systems_that_follow_from_a_match_dub():
    table = {
        "modal": {"makes": "render", "of": "matched"},
        "retrieval": {"makes": "copy", "of": "matched"},
        "rendered": {"makes": "render", "of": "own"},
        "physics": {"makes": "diffusion", "told": ["visual", "modes", "residual"], "of": "matched"},
        "oracle": {"network": "physics", "of": "own"},
        "labelled": {"makes": "diffusion", "told": ["modes", "material"], "of": "matched"},
        "video": {"makes": "diffusion", "told": ["visual"]},
        "convnet": {"makes": "convnet", "told": ["modes"], "of": "matched"},
    }
    assert [name for name, system in read_systems(table).items() if dubs(system)] == ["modal", "physics"]
    assert not dubs(System("diffusion", ("visual", "residual"), "matched", "x"))


@pytest.fixture
def corpus(tmp_path):
    """The files of a corpus that a bank is gathered from; values are the numbers of their clips."""
    clips, number = ["a/0", "a/1", "b/0"], np.arange(3, dtype=np.float32)
    rows = pd.DataFrame(dict.fromkeys(COLUMNS, "") | {"clip": ["b/0", "a/0"], "material": ["wood", "glass"]})
    rows = rows.assign(split="train", video=["b", "a"], event=0, onset=1.0)
    rows.to_csv(tmp_path / "train.csv", index=False)

    def write(name, schema, config, *names, columns=2):
        values = {field: np.tile(number[:, None], columns) + place / 10 for place, field in enumerate(names)}
        values |= {"onset": number / 1000} if name == "modes" else {}
        store.write(tmp_path / f"{name}.h5", schema, clips, config, {}, **values)
        return tmp_path / f"{name}.h5"

    return {
        "train": tmp_path / "train.csv",
        "visual": write("visual", "visual/1", {"weights": "abc"}, "latent", columns=4),
        "modes": write("modes", "modes/2", {}, "frequency", "power", "decay", "phase"),
        "residual": write("residual", "residual/2", {}, "weight", "delay", "t60"),
    }


def test_a_bank_has_the_training_clips_by_their_ids(corpus, tmp_path):
    found = bank.gather(corpus)
    assert found.clips == ["b/0", "a/0"] and found.material.tolist() == ["wood", "glass"] and found.encoder == "abc"
    assert found.latent.tolist() == [[2.0] * 4, [0.0] * 4]
    physics = found.physics_of("b/0")
    assert [float(value[0]) for value in vars(physics.modes).values()] == pytest.approx([2.0, 2.1, 2.2, 2.3])
    assert [float(value[0]) for value in vars(physics.residual).values()] == pytest.approx([2.0, 2.1, 2.2])
    assert float(physics.onset) == pytest.approx(0.002)
    bank.write(tmp_path / "bank.h5", found)
    again = bank.read(tmp_path / "bank.h5")
    assert again.clips == found.clips and (again.latent == found.latent).all() and again.encoder == "abc"
    assert torch.equal(again.physics.residual.t60, found.physics.residual.t60)
    assert torch.equal(again.physics.onset, found.physics.onset) and (again.material == found.material).all()


def test_reach_holds_nearly_all_validation_clips(tmp_path):
    clips = [f"v/{number}" for number in range(100)]
    rows = pd.DataFrame(dict.fromkeys(COLUMNS, "") | {"clip": clips})
    rows.assign(split="validation", video="v", event=range(100), onset=1.0).to_csv(tmp_path / "v.csv", index=False)
    distance = np.concatenate([[1e3, 1e3], np.arange(100)[::-1]]).astype(np.float32)
    with store.create(tmp_path / "matches.h5", "matches/1", {}, {}) as file:
        store.write_clips(file, ["t/0", "t/1", *clips])  # of the test split too, which is not looked at
        file["distance"] = distance
    reach = bank.reach(tmp_path / "matches.h5", tmp_path / "v.csv")
    assert (np.arange(100) <= reach).sum() == 95


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("vision", lambda c: c.update(classes=10**6), "its settings ask for more than it holds"),
        ("residual", lambda c: c.update(width=1 << 20), "its settings ask for more than it holds"),
        ("residual", lambda c: c.update(bands=10**9), "bands = "),
        ("residual", lambda c: c.update(layers=10**9), "layers = "),
        ("residual", lambda c: c["clip"].update(duration=1e9), "clip.duration = "),
        ("network", lambda c: c["network"].update(blocks=10**9), "its settings ask for more than it holds"),
        ("network", lambda c: c["network"].update(width=-8), "made by another version"),
        ("network", lambda c: c.update(sketch="many"), "made by another version"),
        ("onset", lambda c: c.update(frame_rate=1e9), "frame_rate = "),
        ("onset", lambda c: c["picker"].update(threshold="low"), "picker.threshold = 'low'"),
    ],
)
def test_settings_of_a_stranger_build_no_more_than_the_file_holds(copy, name, change, said):
    from safetensors.torch import load_file

    path = copy / f"{name}.safetensors"
    config = weights.config(path)
    change(config)
    tensors.save(path, load_file(path), config)
    with pytest.raises(InputError, match=rf"{name}\.safetensors: .*{said}"):
        Model.load(copy)


def test_weights_name_no_other_file(copy):
    """A visual encoder can be built from a plain ResNet's file; one that a stranger names is not opened."""
    from safetensors.torch import load_file

    path = copy / "vision.safetensors"
    tensors.save(path, load_file(path), weights.config(path) | {"weights": "/etc/passwd"})
    with pytest.raises(InputError, match=r"vision\.safetensors does not belong"):  # as its bytes are others
        Model.load(copy)


def test_weights_that_are_no_numbers_are_refused(copy):
    from safetensors.torch import load_file

    path = copy / "network.safetensors"
    state = load_file(path)
    state["unet.out.weight"][0] = float("nan")
    tensors.save(path, state, weights.config(path))
    with pytest.raises(InputError, match=r"network\.safetensors does not belong"):
        Model.load(copy)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f["clip"].update(sample_rate=10**9), "clip.sample_rate = "),
        (lambda f: f["clip"].update(frames="six"), "clip.frames = 'six'"),
        (lambda f: f["clip"].update(hop=200), "clip: has no spectrogram"),
        (lambda f: f["clip"].update(floor=1e9), "clip: has no spectrogram"),
        (lambda f: f["sampling"].update(steps=10**6), "sampling.steps = "),
        (lambda f: f["sampling"].update(sampler="magic"), "sampler must be one of"),
        (lambda f: f["sampling"].pop("griffin_lim"), "'griffin_lim' is missing"),
        (lambda f: f.update(materials=["stone"]), "bank.h5 does not belong"),
    ],
)
def test_settings_that_cannot_be_are_refused(copy, change, said):
    settings_changed(copy, change)
    with pytest.raises(InputError) as caught:
        Model.load(copy)
    assert said in str(caught.value) and "\n" not in str(caught.value)
