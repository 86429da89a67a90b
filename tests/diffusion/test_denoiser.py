import pytest
import torch

from impactsound.config import Clip
from impactsound.diffusion.denoiser import Condition, Denoiser
from impactsound.diffusion.objective import STEPS, alpha_sigma, clean, noised, target
from impactsound.diffusion.unet import UNetSettings

CLIP = Clip(sample_rate=8000, duration=0.1, n_fft=64, hop=32)
TINY = UNetSettings(width=8, multipliers=(1, 2), patch=(2, 2), blocks=1, heads=1, head_dim=8)
RESIDUAL = (3, 4)  # kinds of parameters, bands


def made(physics: bool) -> Denoiser:
    torch.manual_seed(0)
    net = Denoiser(CLIP, TINY, visual_dim=12, residual=RESIDUAL, physics=physics, hidden=16)
    torch.nn.init.normal_(net.unet.out.weight)
    torch.nn.init.normal_(net.null)
    return net


def inputs(net: Denoiser) -> tuple[torch.Tensor, torch.Tensor, Condition]:
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(3, 1, CLIP.n_bins, CLIP.n_steps, generator=draw)
    slots = 2 * torch.rand(3, 3, CLIP.n_bins, generator=draw) - 1
    latent = net.physics_latent(slots, torch.rand(3, *RESIDUAL, generator=draw)) if net.physics else None
    return x, torch.tensor([5, 400, 900]), Condition(torch.randn(3, 12, generator=draw), latent)


@pytest.mark.parametrize("physics", [True, False])
def test_shape_is_kept_and_every_weight_learns(physics):
    net = made(physics)
    x, t, condition = inputs(net)
    y = net(x, t, condition, torch.tensor([True, False, False]))
    assert y.shape == x.shape
    y.square().mean().backward()
    assert [name for name, value in net.named_parameters() if not value.grad.abs().sum() > 0] == []


@torch.no_grad()
def test_visual_and_physics_are_heard_unless_withheld():
    net = made(physics=True)
    x, t, condition = inputs(net)
    others = [
        Condition(condition.visual + 1, condition.physics),
        Condition(condition.visual, -condition.physics),
    ]
    everything, nothing = torch.zeros(3, dtype=torch.bool), torch.ones(3, dtype=torch.bool)
    for other in others:
        assert not torch.allclose(net(x, t, condition), net(x, t, other), atol=1e-3)
        torch.testing.assert_close(net(x, t, condition, nothing), net(x, t, other, nothing))
    torch.testing.assert_close(net(x, t, condition, everything), net(x, t, condition))
    mixed = net(x, t, condition, torch.tensor([True, False, True]))
    torch.testing.assert_close(mixed[1], net(x, t, condition)[1], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(mixed[2], net(x, t, condition, nothing)[2], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_visual_latents_are_standardised_by_the_training_set():
    net = made(physics=False)
    x, t, condition = inputs(net)
    before = net(x, t, condition)
    visual = torch.randn(50, 12)
    visual[:, 3] = 2.0  # a feature that never varies
    net.standardise(visual)
    mean, std = net.visual_mean, net.visual_std
    torch.testing.assert_close(mean, visual.mean(0))
    torch.testing.assert_close(net(x, t, Condition(condition.visual * std + mean)), before, rtol=1e-3, atol=1e-3)
    assert {"visual_mean", "visual_std"} <= net.state_dict().keys()


@torch.no_grad()
def test_bare_until_told_the_spectrograms():
    net = made(physics=False)
    x, t, condition = inputs(net)
    told = net.visual(condition.visual)
    torch.testing.assert_close(net(x, t, condition), net.unet(x, t, told), rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_starts_from_the_best_linear_guess_and_leaves_a_rest_of_unit_variance():
    net = made(physics=False)
    torch.nn.init.zeros_(net.unet.out.weight)
    draw = torch.Generator().manual_seed(0)
    mean = torch.rand(1, CLIP.n_bins, CLIP.n_steps, generator=draw) - 0.5
    x0 = mean + 0.1 * torch.randn(2000, 1, CLIP.n_bins, CLIP.n_steps, generator=draw)
    noise, t = torch.randn(x0.shape, generator=draw), torch.randint(0, STEPS, (2000,), generator=draw)
    net.standardise(torch.randn(9, 12), x0)
    alpha, sigma = alpha_sigma(t, x0)
    v = net(noised(x0, noise, t), t, Condition(torch.zeros(2000, 12)))
    power, variance = alpha**2, 0.1**2 * alpha**2 + sigma**2
    best = mean + alpha * 0.1**2 / variance * (noised(x0, noise, t) - alpha * mean)  # E[x_0 | x_t]
    torch.testing.assert_close(clean(v, noised(x0, noise, t), t, "v"), best, rtol=0, atol=0.02)
    rest = (target(x0, noise, t, "v") - v) / (0.1 / variance.sqrt())
    assert float(rest.std()) == pytest.approx(1, abs=0.02)
    assert float(rest[power.flatten() > 0.9].std()) == pytest.approx(1, abs=0.02)


def test_physics_must_be_given_exactly_if_built_in():
    with_physics, without = made(True), made(False)
    x, t, condition = inputs(with_physics)
    with pytest.raises(ValueError, match="physics"):
        with_physics(x, t, Condition(condition.visual))
    with pytest.raises(ValueError, match="physics"):
        without(x, t, condition)
    with pytest.raises(ValueError, match="physics"):
        without.physics_latent(torch.zeros(1, 3, CLIP.n_bins), torch.zeros(1, *RESIDUAL))
