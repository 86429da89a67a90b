"""The loss has closed forms; what two views share is found, and found again."""

import math

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

from impactsound import store
from impactsound.errors import InputError
from impactsound.retrieval.embedding import Embedding, Pairs, alike, info_nce, numbered, read_heard, train_embedding
from impactsound.seeds import generator
from impactsound.training import Training

SETTINGS = Training(steps=120, batch=64, learning_rate=1e-2, warmup=10, validate_every=40)


def pairs(clips, name):
    """Two views, each of its own scale, of four shared numbers beside four of its own."""
    draw = generator(name)
    shared, seen, heard = (torch.randn(clips, 4, generator=draw) for _ in range(3))
    return Pairs(100 * torch.cat([shared, seen], 1) + 3, torch.cat([heard, shared], 1) / 50, torch.arange(clips))


def embedding(dropout=0.0):
    torch.manual_seed(0)
    return Embedding(8, 8, dim=6, dropout=dropout)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    network = embedding(dropout=0.1)
    run = tmp_path_factory.mktemp("run")
    return network, train_embedding(network, pairs(256, "train"), pairs(64, "validation"), SETTINGS, run, ("seed",))


def test_finds_what_the_views_share(trained):
    network, history = trained
    test = pairs(64, "test")
    assert (network(test).argmax(1) == torch.arange(64)).float().mean() > 0.5  # chance: 1/64
    assert history.loss.iloc[-1] < 0.5 * math.log(64)
    assert history.recall.between(0, 1).all()


def test_ends_with_the_weights_of_the_least_validation_loss(trained):
    network, history = trained
    assert info_nce(network(pairs(64, "validation"))).item() == pytest.approx(history.loss.min(), rel=1e-4)


def test_loss_of_clips_that_are_told_apart_is_0_and_of_others_log_n():
    assert float(info_nce(100 * torch.eye(5))) == pytest.approx(0, abs=1e-6)
    assert float(info_nce(torch.full((5, 5), 3.0))) == pytest.approx(math.log(5))


def test_loss_is_the_same_from_both_sides():
    logits = torch.randn(7, 7, generator=generator("logits"))
    assert float(info_nce(logits)) == pytest.approx(float(info_nce(logits.T)))
    logits[:, 0] += 5  # one sound that everybody is like: bad one way only
    row, column = (-part.log_softmax(1).diag().mean() for part in (logits, logits.T))
    assert float(info_nce(logits)) == pytest.approx(float(row + column) / 2, rel=1e-5) and row > column


def test_clips_of_one_video_are_not_told_apart():
    video = numbered(np.array(["b", "a", "b", "c"]))
    assert alike(video).nonzero().tolist() == [[0, 2], [2, 0]]
    one = pairs(4, "any")
    logits = embedding().eval()(Pairs(one.visual, one.sound, video))
    assert (logits == -torch.inf).equal(alike(video))
    alone = embedding().eval()(Pairs(one.visual[:2], one.sound[:2], torch.zeros(2)))
    assert info_nce(alone).item() == pytest.approx(0, abs=1e-6)  # nothing is to be kept away from


def test_embeddings_lie_on_the_unit_sphere_whatever_the_scale():
    network, other = embedding().eval(), embedding().eval()
    given = pairs(32, "any")
    moved = Pairs(3 * given.visual - 7, given.sound / 9, given.video)
    network.standardise(given)
    other.standardise(moved)
    seen = network.see(given.visual)
    torch.testing.assert_close(seen, normalize(seen, dim=1))
    torch.testing.assert_close(seen, other.see(moved.visual), rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(network(given), other(moved), rtol=1e-3, atol=1e-3)


def test_the_logits_are_cosines_over_the_temperature_which_has_a_least():
    network, given = embedding().eval(), pairs(3, "any")
    cosine = network.see(given.visual) @ network.hear(given.sound).T
    for temperature, expected in ((0.5, 0.5), (1e-4, 0.01)):
        with torch.no_grad():
            network.sharpness.fill_(-math.log(temperature))
        torch.testing.assert_close(network(given), cosine / expected)


def test_a_feature_that_never_varies_says_nothing():
    network, given = embedding().eval(), pairs(16, "any")
    given.visual[:, 1] = 4.0
    network.standardise(given)
    assert network.see.std[1] == 1 and network(given).isfinite().all()


def test_sounds_that_are_not_finite_are_named(tmp_path):
    mfcc, spectral = np.arange(6.0).reshape(3, 2), np.ones((3, 1))
    store.write(tmp_path / "features.h5", "features/1", ["a", "b", "c"], {}, {}, mfcc=mfcc, spectral=spectral)
    assert read_heard(tmp_path / "features.h5", ["c", "a"]).tolist() == [[4, 5, 1], [0, 1, 1]]
    spectral[1] = np.nan
    store.write(tmp_path / "features.h5", "features/1", ["a", "b", "c"], {}, {}, mfcc=mfcc, spectral=spectral)
    with pytest.raises(InputError, match="clip b"):
        read_heard(tmp_path / "features.h5", ["a", "b"])
