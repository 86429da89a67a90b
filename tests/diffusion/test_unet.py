from dataclasses import replace

import pytest
import torch

from impactsound.diffusion.unet import GROUPS, LinearAttention, UNet, UNetSettings, padded, time_embedding

SMALL = UNetSettings(width=8, multipliers=(1, 2), blocks=1, heads=2, head_dim=8)
PATCHED = UNetSettings(
    width=16, multipliers=(1, 2, 4), patch=(4, 2), heads=2, head_dim=8, attention=(False, False, True)
)
FINE = replace(PATCHED, fine=4)


def woken(settings: UNetSettings, condition: int = 5, channels: int = 1) -> UNet:
    """A network whose last layer is not zero."""
    torch.manual_seed(0)
    net = UNet(settings, condition, channels)
    torch.nn.init.normal_(net.out.weight)
    return net


@pytest.mark.parametrize("settings", [SMALL, PATCHED, FINE])
@pytest.mark.parametrize("size", [(33, 11), (64, 8), (5, 1), (257, 34)])
def test_any_size_in_is_the_size_out(settings, size):
    x = torch.randn(2, 1, *size)
    with torch.inference_mode():
        assert woken(settings)(x, torch.tensor([0, 999]), torch.randn(2, 5)).shape == x.shape


@pytest.mark.parametrize("settings", [SMALL, PATCHED, FINE, UNetSettings(width=8, multipliers=(1,), patch=(3, 2))])
def test_every_weight_learns(settings):
    net = woken(settings)
    net(torch.randn(2, 1, 40, 12), torch.tensor([3, 500]), torch.randn(2, 5)).square().mean().backward()
    assert [name for name, value in net.named_parameters() if not value.grad.abs().sum() > 0] == []


@pytest.mark.parametrize("settings", [SMALL, FINE])
def test_starts_at_zero(settings):
    assert not UNet(settings, 5)(torch.randn(1, 1, 16, 8), torch.tensor([7]), torch.randn(1, 5)).any()


@torch.inference_mode()
def test_step_and_condition_are_heard_and_clips_apart():
    net = woken(PATCHED)
    x, t, condition = torch.randn(2, 1, 32, 12), torch.tensor([10, 600]), torch.randn(2, 5)
    y = net(x, t, condition)
    assert not torch.allclose(y, net(x, t + 100, condition), atol=1e-3)
    assert not torch.allclose(y, net(x, t, condition + 1), atol=1e-3)
    torch.testing.assert_close(y[:1], net(x[:1], t[:1], condition[:1]), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("settings", [SMALL, PATCHED, FINE])
@torch.inference_mode()
def test_every_input_channel_is_heard_and_one_is_predicted(settings):
    net = woken(settings, channels=2)
    x, t, condition = torch.randn(1, 2, 33, 11), torch.tensor([10]), torch.randn(1, 5)
    y = net(x, t, condition)
    assert y.shape == (1, 1, 33, 11)
    for channel in range(2):
        other = x.clone()
        other[:, channel] += torch.randn(33, 11)
        assert not torch.allclose(y, net(other, t, condition), atol=1e-3)


@torch.inference_mode()
def test_what_lies_within_a_patch_passes_at_full_size():
    """Noise that alternates from step to step is seen in the fine channels even when the levels below are silent."""
    net = woken(FINE)
    torch.nn.init.zeros_(net.fine.unfold.weight)
    x = (torch.arange(32) % 2 * 2.0 - 1).expand(1, 1, 32, 32).contiguous()
    y = net(x, torch.tensor([10]), torch.zeros(1, 5))[..., 4:-4, 4:-4]
    assert y[..., 0::2].std() < 1e-4 and (y[..., 0::2].mean() - y[..., 1::2].mean()).abs() > 1e-2


def test_the_papers_size():
    with torch.device("meta"):
        net = UNet(UNetSettings(), 256 + 17)
    assert sum(parameter.numel() for parameter in net.parameters()) == pytest.approx(35.25e6, rel=0.05)


def test_linear_attention_is_the_quadratic_one_with_its_softmaxes_apart():
    torch.manual_seed(0)
    attention, x = LinearAttention(dim=16, heads=2, head_dim=4), torch.randn(2, 16, 3, 5)
    q, k, v = attention.qkv(attention.norm(x)).reshape(2, 3, 2, 4, 15).unbind(1)
    weight = torch.einsum("bhdn,bhdm->bhnm", q.softmax(2) / 2, k.softmax(3))  # [clip, head, query, key]
    y = torch.einsum("bhnm,bhem->bhen", weight, v).reshape(2, 8, 3, 5)
    torch.testing.assert_close(attention(x), x + attention.out(y), rtol=1e-4, atol=1e-5)


def test_time_embedding_tells_all_steps_apart():
    embedding = time_embedding(torch.arange(1000), 32)
    assert embedding.shape == (1000, 32) and embedding.abs().max() <= 1
    apart = torch.cdist(embedding, embedding) + torch.eye(1000)
    assert apart.min() > 0.05


def test_padding_repeats_the_border():
    x = torch.randn(1, 1, 5, 3)
    y = padded(x, (4, 4))
    assert y.shape == (1, 1, 8, 4)
    assert torch.equal(y[..., :5, :3], x) and torch.equal(y[..., 7, :3], x[..., 4, :])


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"width": GROUPS + 1}, "width"),
        ({"patch": (8, 1)}, "patch"),
        ({"attention": (True,)}, "attention"),
    ],
)
def test_says_which_setting_is_wrong(settings, says):
    with pytest.raises(ValueError, match=says):
        UNetSettings(**settings)
