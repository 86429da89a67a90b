"""The encoder starts as the closed form and learns to sound nearer to the clips than it."""

import pytest
import torch

from impactsound import weights
from impactsound.config import Clip
from impactsound.physics.closed_form import estimate_residual
from impactsound.physics.residual import Residual
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.physics.residual_training import ReconstructionLoss, train_residual
from impactsound.seeds import generator
from impactsound.training import Training

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)
RANGE, LATEST = (0.01, 1.0), 0.02
FIELDS = ("weight", "delay", "t60")


def encoder(bands=6, parametrisation="decibel", start="closed_form"):
    torch.manual_seed(0)
    return ResidualEncoder(
        CLIP, bands, parametrisation, RANGE, LATEST, start, width=32, layers=1, heads=2, dropout=0.0, seed=0
    )


def sounds(network, clips):
    """Two tones that decay, and a residual with a slow and a fast half; the sounds and their tones."""
    time = torch.arange(CLIP.n_samples) / CLIP.sample_rate
    pitch = 200 + 2000 * torch.rand(clips, 2, 1, generator=generator("pitch"))
    tones = (0.4 * torch.sin(2 * torch.pi * pitch * time) * torch.exp(-20 * time)).sum(1)
    bands = len(network.noise)
    weight = 10 ** (-1 - torch.rand(clips, bands, generator=generator("w")))
    t60 = 0.1 + 0.3 * torch.rand(clips, bands, generator=generator("t"))
    told = Residual(weight, torch.zeros_like(weight), t60)
    late = Residual(0.02 * torch.ones_like(weight), torch.zeros_like(weight), torch.ones_like(weight))
    return tones + network.render(told) + network.render(late), tones


@torch.no_grad()
@pytest.mark.parametrize("parametrisation", ["decibel", "paper"])
def test_before_training_it_is_the_closed_form(parametrisation):
    network = encoder(parametrisation=parametrisation).eval()
    sound, modal = sounds(network, 4)
    scale = network.parametrisation.t60
    latest = LATEST if parametrisation == "decibel" else 0.0
    found = estimate_residual(sound - modal, 6, CLIP.sample_rate, (scale.low, scale.high), latest)
    given, expected = (network.parametrisation.shares(part) for part in (network(sound, modal), found))
    inside = (expected > 0.01) & (expected < 0.99)  # nearer to the ends a logit would hardly learn
    torch.testing.assert_close(given[inside], expected[inside], rtol=0, atol=1e-4)
    torch.testing.assert_close(given, expected, rtol=0, atol=0.0101)
    assert inside.float().mean() > 0.4


@torch.no_grad()
def test_the_papers_starts_in_the_middle_and_sees_the_sound_alone():
    network = encoder(parametrisation="paper", start="middle").eval()
    sound, modal = sounds(network, 4)
    given = network(sound, modal)
    torch.testing.assert_close(given.weight, torch.full((4, 6), 0.5))
    torch.testing.assert_close(given.t60, torch.full((4, 6), 0.25001))
    torch.nn.init.normal_(network.correction.head.weight)
    with_tones, without = network(sound, modal), network(sound, torch.zeros_like(modal))
    assert all(torch.equal(getattr(with_tones, field), getattr(without, field)) for field in FIELDS)
    assert network(2 * sound, modal).weight.sub(with_tones.weight).abs().max() > 1e-3


@pytest.mark.parametrize("parametrisation", ["decibel", "paper"])
@pytest.mark.parametrize("start", ["closed_form", "middle"])
def test_every_parameter_learns(parametrisation, start):
    network = encoder(parametrisation=parametrisation, start=start)
    torch.nn.init.normal_(network.correction.head.weight, std=0.1)
    sound, modal = sounds(network, 3)
    ReconstructionLoss(CLIP)(network, sound, modal).backward()
    assert [name for name, value in network.named_parameters() if not value.grad.abs().sum() > 0] == []


def test_no_bands_are_silent_and_have_nothing_to_learn(tmp_path):
    network = encoder(bands=0)
    sound, modal = sounds(network, 4)
    settings = Training(steps=3, batch=2, learning_rate=1e-3)
    history = train_residual(network, (sound, modal), (sound, modal), settings, tmp_path / "run", ("r",))
    assert history.step.tolist() == [0] and history.loss.notna().all()
    weights.save(tmp_path / "model.safetensors", network, {})
    network = weights.load(tmp_path / "model.safetensors", encoder(bands=0))
    given = network(sound, modal)
    assert all(getattr(given, field).shape == (4, 0) for field in FIELDS)
    assert torch.equal(network.render(given), torch.zeros(4, CLIP.n_samples))


@torch.no_grad()
def test_the_stored_noise_gives_the_same_samples(tmp_path):
    network = encoder().eval()
    network.noise.copy_(torch.randn(network.noise.shape, generator=generator("another draw")))
    sound, modal = sounds(network, 2)
    given = network(sound, modal)
    weights.save(tmp_path / "model.safetensors", network, {})
    again = weights.load(tmp_path / "model.safetensors", encoder())
    assert torch.equal(again.render(given), network.render(given))


def test_learns_to_sound_nearer_than_the_closed_form_on_clips_that_it_has_not_seen(tmp_path):
    network = encoder()
    sound, modal = sounds(network, 96)
    loss = ReconstructionLoss(CLIP)
    with torch.no_grad():
        before = loss(network, sound[64:], modal[64:]).item()
    settings = Training(steps=40, batch=16, learning_rate=3e-3, validate_every=20)
    history = train_residual(network, (sound[:64], modal[:64]), (sound[64:], modal[64:]), settings, tmp_path, ("r",))
    assert history.loss.min() < 0.95 * before


def test_trains_in_half_precision_with_sounds_in_full(tmp_path):
    clips = sounds(encoder(), 8)
    losses = []
    for precision in ("32-true", "bf16-mixed"):
        settings = Training(steps=4, batch=8, learning_rate=1e-3, validate_every=4, precision=precision)
        losses.append(train_residual(encoder(), clips, clips, settings, tmp_path / precision, ("r",)).loss.item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
