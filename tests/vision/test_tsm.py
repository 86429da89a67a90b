import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision.models import resnet18, resnet50

from impactsound.errors import InputError
from impactsound.vision import tsm
from impactsound.vision.tsm import TSM, shift


def test_shift_moves_an_eighth_each_way_and_leaves_the_rest():
    x = torch.randn(2, 5, 16, 3, 3)
    y = shift(x)
    assert torch.equal(y[:, :-1, :2], x[:, 1:, :2]) and not y[:, -1, :2].any()
    assert torch.equal(y[:, 1:, 2:4], x[:, :-1, 2:4]) and not y[:, 0, 2:4].any()
    assert torch.equal(y[:, :, 4:], x[:, :, 4:])


@pytest.mark.parametrize(("depth", "plain", "dim"), [(18, resnet18, 512), (50, resnet50, 2048)])
def test_without_the_shift_it_is_the_plain_resnet_of_each_frame(monkeypatch, depth, plain, dim):
    monkeypatch.setattr(tsm, "shift", lambda x: x)
    torch.manual_seed(0)
    reference, net = plain(num_classes=4).eval(), TSM(depth, classes=4).eval()
    net.resnet.load_state_dict(reference.state_dict())
    reference.fc = nn.Identity()
    frames = torch.rand(2, 3, 3, 40, 48)
    with torch.inference_mode():
        latent = reference(((frames - net.mean) / net.std).flatten(0, 1)).unflatten(0, (2, 3)).mean(dim=1)
        torch.testing.assert_close(net.latent(frames), latent, rtol=1e-4, atol=1e-4)
    assert net.dim == latent.shape[1] == dim


def test_takes_any_number_of_frames_and_sees_their_order():
    torch.manual_seed(0)
    net = TSM(18, classes=3).eval()
    frames = torch.rand(2, 4, 3, 32, 32)
    with torch.inference_mode():
        assert net(frames).shape == (2, 3)
        assert net(frames[:, :1]).shape == (2, 3)
        assert not torch.allclose(net.latent(frames), net.latent(frames.flip(1)), rtol=1e-3)
        torch.testing.assert_close(net.latent(frames)[1:], net.latent(frames[1:]), rtol=1e-4, atol=1e-5)


def test_every_weight_learns():
    net = TSM(18, classes=3)
    net(torch.rand(2, 2, 3, 32, 32)).square().sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in net.parameters())


def test_takes_over_weights_of_the_plain_resnet(tmp_path):
    path = tmp_path / "resnet18.safetensors"
    reference = resnet18().state_dict()
    save_file({name: value for name, value in reference.items() if value.dim()}, path)  # no batch counts
    net = TSM(18, classes=5, weights=path)
    assert torch.equal(net.resnet.layer4[1].conv2.weight, reference["layer4.1.conv2.weight"])
    assert net.resnet.fc.weight.shape == (5, 512)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda state: state.pop("layer1.0.conv1.weight"), "lacks layer1.0.conv1.weight"),
        (lambda state: state.update(extra=torch.zeros(1)), "unknown extra"),
        (lambda state: state.update({"conv1.weight": torch.zeros(1)}), "another shape of conv1.weight"),
    ],
)
def test_says_what_is_wrong_with_weights(tmp_path, spoil, says):
    path = tmp_path / "weights.safetensors"
    state = resnet18().state_dict()
    spoil(state)
    save_file(state, path)
    with pytest.raises(InputError, match=says):
        TSM(18, classes=5, weights=path)


def test_says_that_a_file_is_no_safetensors(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(b"not weights")
    with pytest.raises(InputError, match="not a safetensors file"):
        TSM(18, classes=5, weights=path)


def test_rejects_a_depth_that_there_is_not():
    with pytest.raises(ValueError, match="depth"):
        TSM(19, classes=5)
