"""A blend of one is the match; a blend of several is the mean of what the network hears."""

import numpy as np
import pytest
import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.diffusion.condition import ConditionEncoder
from impactsound.diffusion.told import read_told
from impactsound.retrieval.blend import blended, mix, read_matched

CLIP = Clip(sample_rate=8000, duration=0.064, n_fft=64, hop=32)
TRAINING, CLIPS = ["x", "y", "z"], ["a", "b"]
NEIGHBOURS = np.array([["y", "x", "z"], ["z", "y", "x"]], dtype=object)


@pytest.fixture
def files(tmp_path):
    """What the stages before leave of three training clips and two others."""
    rng = np.random.default_rng(0)
    slots = np.stack([rng.uniform(-60, 60, (3, 33)), rng.uniform(-60, 0, (3, 33)), rng.uniform(5, 200, (3, 33))], 1)
    contents = {
        "visual": ("visual/1", TRAINING + CLIPS, {"latent": rng.normal(size=(5, 6))}),
        "features": ("features/1", TRAINING, {"mfcc": rng.normal(size=(3, 4)), "spectral": rng.normal(size=(3, 2))}),
        "slots": ("slots/1", TRAINING, {"slots": slots}),
        "rendered": ("rendered/1", TRAINING, {"sound": rng.normal(size=(3, CLIP.n_samples))}),
    }
    for name, (schema, clips, arrays) in contents.items():
        arrays = {key: values.astype(np.float32) for key, values in arrays.items()}
        store.write(tmp_path / f"{name}.h5", schema, clips, {}, {}, **arrays)
    return {name: str(tmp_path / f"{name}.h5") for name in contents} | {"matches": str(tmp_path / "matches.h5")}


def write_matches(files, weight):
    with store.create(files["matches"], "matches/1", {}, {}) as file:
        store.write_clips(file, CLIPS)
        store.write_names(file, "neighbours", NEIGHBOURS)
        file.create_dataset("weight", data=np.asarray(weight, np.float32))


PARTS = ("visual", "mfcc", "modes", "rendered")


def encoder():
    torch.manual_seed(0)
    return ConditionEncoder({"visual": (6,), "mfcc": (4,), "modes": (3, 33), "rendered": (1, 33, CLIP.n_steps)})


def told_of(files, clips, sources):
    return read_told(PARTS, files, clips, sources, CLIP, ())


def test_the_nearest_alone_is_told_as_ever(files):
    write_matches(files, [[1, 0, 0], [1, 0, 0]])
    found, expected = read_matched(encoder(), PARTS, files, CLIPS, CLIP, ()), told_of(files, CLIPS, ["y", "z"])
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in found)


def test_a_blend_is_the_mean_of_what_each_match_would_tell(files):
    weight = torch.tensor([[0.5, 0.3, 0.2], [0.6, 0.4, 0.0]])
    write_matches(files, weight.numpy())
    network = encoder()
    found = read_matched(network, PARTS, files, CLIPS, CLIP, ())
    assert found.keys() == {"visual", "mfcc", "physics", "rendered"}
    single = [told_of(files, CLIPS, NEIGHBOURS[:, place]) for place in range(3)]
    torch.testing.assert_close(found["visual"], single[0]["visual"])
    for name in ("mfcc", "rendered"):
        expected = sum(
            told[name] * weight[:, place].reshape(2, *[1] * (told[name].ndim - 1)) for place, told in enumerate(single)
        )
        torch.testing.assert_close(found[name], expected)
    expected = sum(network.latent(told) * weight[:, [place]] for place, told in enumerate(single))
    torch.testing.assert_close(found["physics"], expected.detach())


def test_the_network_hears_a_blend(files):
    write_matches(files, [[0.5, 0.5, 0], [0.5, 0.5, 0]])
    network = encoder()
    heard = network(read_matched(network, PARTS, files, CLIPS, CLIP, ()))
    assert heard.vector.shape == (2, network.dim) and heard.vector.isfinite().all()


def test_a_blend_of_the_same_is_the_same(files):
    write_matches(files, [[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]])
    with store.create(files["matches"], "matches/1", {}, {}) as file:
        store.write_clips(file, CLIPS)
        store.write_names(file, "neighbours", [["x"] * 3, ["y"] * 3])
        file.create_dataset("weight", data=np.full((2, 3), 1 / 3, np.float32))
    found, expected = read_matched(encoder(), PARTS, files, CLIPS, CLIP, ()), told_of(files, CLIPS, ["x", "y"])
    torch.testing.assert_close(found["rendered"], expected["rendered"])
    torch.testing.assert_close(found["physics"], encoder().latent(expected).detach())


def test_columns_that_nobody_blends_are_dropped():
    names, weight = np.array([["x", "y", "z"]] * 2), np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    kept, shares = blended(names, weight)
    assert kept.tolist() == [["x", "y"]] * 2 and shares.tolist() == [[1.0, 0.0], [0.5, 0.5]]


def test_mix_is_a_matrix_product():
    rng = np.random.default_rng(0)
    values, rows = torch.from_numpy(rng.normal(size=(5, 2, 3))), np.array([[0, 4, 4], [3, 1, 2]])
    weight = rng.uniform(size=(2, 3))
    shares = torch.zeros(2, 5, dtype=torch.float64)
    for place in range(3):
        shares[torch.arange(2), torch.from_numpy(rows[:, place])] += torch.from_numpy(weight[:, place])
    torch.testing.assert_close(mix(values, rows, weight), torch.einsum("ce,exy->cxy", shares, values))
