"""Joint training: the physics encoder learns with the denoiser, which comes to heed its condition."""

import pytest
import torch

from impactsound.config import Clip
from impactsound.diffusion.build import build, load
from impactsound.diffusion.denoiser import Condition
from impactsound.diffusion.generate import generate
from impactsound.diffusion.objective import Objective
from impactsound.diffusion.training import Examples, condition, train_denoiser
from impactsound.seeds import generator
from impactsound.training import Training
from impactsound.weights import save

CLIP = {"sample_rate": 8000, "duration": 0.1, "n_fft": 64, "hop": 32, "floor": 1e-3, "ceiling": 50.0}
SETTINGS = {
    "clip": CLIP,
    "unet": {"width": 16, "multipliers": [1, 2], "patch": [4, 2], "blocks": 1, "attention": [False, True]},
    "visual_dim": 5,
    "residual": [2, 3],
    "physics": True,
    "prediction": "v",
}
SAMPLING = {"sampler": "dpm++", "steps": 8, "guidance": 1.0, "batch": 4, "griffin_lim": 2}


def examples(n, name):
    """Two kinds of spectrogram, told apart by the physics alone."""
    clip = Clip(**CLIP)
    draw = generator("examples", name)
    kind = torch.arange(n) % 2
    bins = torch.linspace(-1, 1, clip.n_bins)[:, None]
    spectrogram = torch.where(kind[:, None, None] == 0, 0.8 * bins, -0.8 * bins).expand(n, -1, clip.n_steps)
    slots = torch.where(kind[:, None, None] == 0, 0.5, -0.5).expand(n, 3, clip.n_bins)
    noise = 0.05 * torch.randn(n, 1, clip.n_bins, clip.n_steps, generator=draw)
    visual = torch.randn(n, 5, generator=draw)
    return Examples((spectrogram[:, None] + noise).clamp(-1, 1), visual, slots, torch.rand(n, 2, 3))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    torch.manual_seed(0)
    network = build(SETTINGS)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    schedule = Training(steps=60, batch=8, learning_rate=3e-3, ema=0.9, validate_every=20)
    run = tmp_path_factory.mktemp("run")
    history = train_denoiser(
        network, examples(32, "a"), examples(8, "b"), Objective(min_snr=5.0), 0.1, schedule, run, ("d",)
    )
    return network, before, history


def test_everything_learns_and_the_loss_falls(trained):
    network, before, history = trained
    assert history.loss.iloc[-1] < 0.7 * history.loss.iloc[0]
    still = [name for name, value in network.named_parameters() if torch.equal(value, before[name])]
    assert still == []


def test_the_sample_follows_the_physics_that_it_is_told(trained):
    network, _, _ = trained
    told = condition(network, examples(8, "c"))
    with torch.inference_mode():
        same = Condition(told.visual[:1].expand(8, -1), told.physics)
    sound = generate(network, same, list("abcdefgh"), Clip(**CLIP), SAMPLING, "v", seed=0)
    power = torch.fft.rfft(sound).abs().square()
    centroid = (power * torch.arange(power.shape[1])).sum(1) / power.sum(1)
    assert centroid[0::2].min() > centroid[1::2].max()  # the first kind is bright, the second dull


def test_a_clips_sound_does_not_depend_on_its_batch(trained):
    network, _, _ = trained
    told = condition(network, examples(6, "c"))
    clip = Clip(**CLIP)
    with torch.inference_mode():
        together = generate(network, told, list("abcdef"), clip, SAMPLING, "v", seed=0)
        alone = Condition(told.visual[4:5], told.physics[4:5])
        apart = generate(network, alone, ["e"], clip, SAMPLING, "v", seed=0)
    torch.testing.assert_close(apart[0], together[4], atol=1e-3, rtol=1e-3)


def test_a_saved_denoiser_is_the_same_when_loaded(trained, tmp_path):
    network, _, _ = trained
    save(tmp_path / "d.safetensors", network, SETTINGS)
    loaded, settings = load(tmp_path / "d.safetensors")
    assert settings == SETTINGS
    batch = examples(2, "c")
    with torch.inference_mode():
        for one, other in ((network, loaded),):
            x, t = batch.spectrogram, torch.tensor([10, 500])
            assert torch.equal(one(x, t, condition(one, batch)), other(x, t, condition(other, batch)))
