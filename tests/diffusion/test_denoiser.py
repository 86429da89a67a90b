import pytest
import torch

from impactsound.config import Clip
from impactsound.diffusion.condition import ConditionEncoder
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.objective import STEPS, alpha_sigma, clean, noised, target
from impactsound.diffusion.unet import UNetSettings

CLIP = Clip(sample_rate=8000, duration=0.1, n_fft=64, hop=32)
TINY = UNetSettings(width=8, multipliers=(1, 2), patch=(2, 2), blocks=1, heads=1, head_dim=8)
IMAGE = (1, CLIP.n_bins, CLIP.n_steps)
SHAPES = {"visual": [12], "modes": [3, CLIP.n_bins], "residual": [3, 4], "rendered": IMAGE}


def made(*parts: str, prediction: str = "v", sketch: int = 0) -> Denoiser:
    torch.manual_seed(0)
    encoder = ConditionEncoder({name: SHAPES[name] for name in parts})
    net = Denoiser(CLIP, TINY, encoder, prediction, sketch)
    torch.nn.init.normal_(net.unet.out.weight)
    return net


def inputs(*parts: str, clips: int = 3):
    draw = torch.Generator().manual_seed(0)
    told = {name: torch.rand(clips, *SHAPES[name], generator=draw) for name in parts}
    return torch.randn(clips, *IMAGE, generator=draw), torch.tensor([5, 400, 900]), told


@pytest.mark.parametrize("parts", [("visual",), ("visual", "modes", "residual"), tuple(SHAPES)])
def test_shape_is_kept_and_every_weight_learns(parts):
    net = made(*parts, sketch=2)
    torch.nn.init.normal_(net.sketch.spectra.weight)
    x, t, told = inputs(*parts)
    drop = torch.tensor([True, False, False])[:, None].expand(-1, len(net.encoder.pieces))
    y = net(x, t, told, drop)
    assert y.shape == x.shape
    y.square().mean().backward()
    assert [name for name, value in net.named_parameters() if not value.grad.abs().sum() > 0] == []


@torch.no_grad()
def test_what_is_rendered_is_seen_where_it_is():
    net = made("visual", "rendered")
    x, t, told = inputs("visual", "rendered")
    other = told | {"rendered": told["rendered"].clone()}
    other["rendered"][:, :, 20:] += 1
    change = (net(x, t, other) - net(x, t, told)).abs().mean((0, 1, 3))
    assert change[24:].mean() > 1.2 * change[:8].mean()


@torch.no_grad()
def test_bare_until_told_the_spectrograms():
    net = made("visual")
    x, t, told = inputs("visual")
    condition = net.encoder(told)
    torch.testing.assert_close(net(x, t, told), net.unet(x, t, condition.vector))
    noise = made("visual", prediction="epsilon")
    noise.standardise(torch.randn(9, *IMAGE))
    torch.testing.assert_close(noise(x, t, told), noise.unet(x, t, condition.vector))


@torch.no_grad()
def test_a_sketch_moves_the_mean_that_it_starts_from():
    """With F = 0 the estimate of x_0 moves by the sketch where x_t is all noise, and not where it is all sound."""
    net = made("visual", sketch=2)
    x, t, told = inputs("visual")
    torch.nn.init.zeros_(net.unet.out.weight)
    net.standardise(0.1 * x)
    t = torch.tensor([0, STEPS - 1, STEPS - 1])
    before = clean(net(x, t, told), x, t, "v")
    torch.nn.init.normal_(net.sketch.spectra.bias)
    moved = clean(net(x, t, told), x, t, "v") - before
    drawn = net.sound_std * net.sketch(net.encoder(told).vector)
    torch.testing.assert_close(moved[1:], drawn[1:], rtol=1e-3, atol=1e-3)
    assert moved[0].abs().max() < 0.1 * drawn[0].abs().max()


@torch.no_grad()
def test_for_gaussian_spectrograms_a_silent_network_is_right():
    """With F = 0 the prediction is that of N(m, s^2), and what is left for F has a variance of 1 at every step."""
    net = made("visual")
    torch.nn.init.zeros_(net.unet.out.weight)
    draw = torch.Generator().manual_seed(0)
    mean = torch.rand(IMAGE, generator=draw) - 0.5
    x0 = mean + 0.1 * torch.randn(2000, *IMAGE, generator=draw)
    noise, t = torch.randn(x0.shape, generator=draw), torch.randint(0, STEPS, (2000,), generator=draw)
    net.standardise(x0)
    alpha, sigma = alpha_sigma(t, x0)
    v = net(noised(x0, noise, t), t, {"visual": torch.zeros(2000, 12)})
    power, variance = alpha**2, 0.1**2 * alpha**2 + sigma**2
    best = mean + alpha * 0.1**2 / variance * (noised(x0, noise, t) - alpha * mean)  # E[x_0 | x_t]
    torch.testing.assert_close(clean(v, noised(x0, noise, t), t, "v"), best, rtol=0, atol=0.02)
    rest = (target(x0, noise, t, "v") - v) / (0.1 / variance.sqrt())
    assert float(rest.std()) == pytest.approx(1, abs=0.02)
    assert float(rest[power.flatten() > 0.9].std()) == pytest.approx(1, abs=0.02)
