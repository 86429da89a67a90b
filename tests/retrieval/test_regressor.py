import math

import pytest
import torch

from impactsound.retrieval.regressor import Regressor, train_regressor
from impactsound.seeds import generator
from impactsound.training import Training

SETTINGS = Training(steps=150, batch=32, learning_rate=5e-3, warmup=10, validate_every=50)


def latents(clips, name):
    """Visual latents far from unit scale, and what a linear map with a tanh makes of them."""
    visual = torch.randn(clips, 6, generator=generator(name))
    mix = 0.4 * torch.randn(6, 4, generator=generator("mix"))
    scale, offset = torch.tensor([100.0, 1.0, 0.01, 1.0, 5.0, 1.0]), torch.tensor([1e3, 0.0, 1.0, -4.0, 0.0, 2.0])
    return visual * scale + offset, torch.tanh(visual @ mix)


def regressor(dropout=0.0):
    torch.manual_seed(0)
    return Regressor(6, 4, hidden=32, dropout=dropout)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    network = regressor()
    run = tmp_path_factory.mktemp("run")
    history = train_regressor(network, latents(256, "train"), latents(64, "validation"), SETTINGS, run, ("seed",))
    return network, history


def test_learns_a_linear_map(trained):
    network, history = trained
    visual, latent = latents(64, "test")
    error = (network(visual) - latent).square().mean()
    assert error < 0.03 * latent.square().mean()
    assert history.step.tolist() == [50, 100, 150]
    assert history.cosine.iloc[-1] > 0.97


def test_the_figures_are_error_and_angle(trained):
    network, history = trained
    best = history.loc[history.loss.idxmin()]
    visual, latent = latents(64, "validation")
    found = network(visual).detach()
    assert best.loss == pytest.approx(float((found - latent).square().mean()), rel=1e-4)
    angle = (found * latent).sum(1) / (found.norm(dim=1) * latent.norm(dim=1))
    assert best.cosine == pytest.approx(float(angle.mean()), rel=1e-4)


def test_is_told_the_training_latents_scale(trained):
    network, _ = trained
    visual, _ = latents(256, "train")
    seen = (visual - network.visual_mean) / network.visual_std
    torch.testing.assert_close(seen.mean(0), torch.zeros(6), rtol=0, atol=1e-3)
    torch.testing.assert_close(seen.std(0, correction=0), torch.ones(6), rtol=1e-3, atol=0)


def test_scale_and_offset_of_what_is_seen_do_not_matter():
    one, other = regressor().eval(), regressor().eval()
    visual, _ = latents(32, "any")
    moved = 3 * visual - 7
    one.standardise(visual)
    other.standardise(moved)
    torch.testing.assert_close(one(visual), other(moved), rtol=1e-3, atol=1e-3)


def test_a_feature_that_never_varies_says_nothing():
    network = regressor().eval()
    visual, _ = latents(32, "any")
    visual[:, 2] = 5.0
    network.standardise(visual)
    assert network.visual_std[2] == 1 and network(visual).isfinite().all()


@pytest.mark.parametrize("size", [1.0, 1e6])
def test_the_output_is_bounded_and_the_training_latents_can_be_reached(size):
    network = regressor().eval()
    latent = network(size * torch.randn(200, 6))
    assert latent.shape == (200, 4) and latent.abs().max() <= 1
    torch.nn.init.zeros_(network.layers[-2].weight)
    torch.nn.init.constant_(network.layers[-2].bias, math.atanh(-0.9))
    torch.testing.assert_close(network(torch.randn(3, 6)), torch.full((3, 4), -0.9))


def test_dropout_acts_in_training_alone():
    network, visual = regressor(dropout=0.5), torch.randn(8, 6)
    assert not torch.equal(network(visual), network(visual))
    network.eval()
    assert torch.equal(network(visual), network(visual))


def test_learns_from_latents_that_were_inferred_without_gradients(tmp_path):
    with torch.inference_mode():
        training, validation = latents(32, "train"), latents(8, "validation")
    settings = Training(steps=2, batch=8, learning_rate=1e-3, validate_every=1)
    network = regressor()
    before = network.layers[0].weight.clone()
    train_regressor(network, training, validation, settings, tmp_path, ("seed",))
    assert not torch.equal(network.layers[0].weight, before)
