import pytest
import torch

from impactsound.config import Clip
from impactsound.diffusion.networks.convnet import DOUBLINGS, PATCH
from impactsound.diffusion.networks.convnet import Network as ConvNet

CLIP = Clip(sample_rate=16000, n_fft=512, hop=32)


def test_a_corner_of_the_grid_is_heard_in_that_corner_alone():
    torch.manual_seed(0)
    network = ConvNet(CLIP, told=3, width=8)
    torch.nn.init.normal_(network.out[-1].weight)
    grid = network.grid(torch.randn(1, 3)).detach()
    other = grid.clone()
    other[..., 0, 0] += 1
    # normalisation looks everywhere: without it, what is left is local
    for module in network.modules():
        if isinstance(module, torch.nn.GroupNorm):
            module.forward = lambda x: x
    far = PATCH * 2**DOUBLINGS * 4
    change = (network.unfold(network.out(network.levels(other) - network.levels(grid)))).abs()[0, 0]
    assert change[:PATCH, :PATCH].min() > 0
    assert not change[far:].any() and not change[:, far:].any()


def test_a_patch_is_laid_out_in_bins_and_steps():
    network = ConvNet(CLIP, told=3, width=8)
    network.out[-1].bias.data = torch.arange(float(PATCH**2))
    spectrogram = network(torch.randn(1, 3))[0, 0].detach()
    expected = torch.arange(float(PATCH**2)).reshape(PATCH, PATCH)
    rows, columns = (torch.arange(size) % PATCH for size in spectrogram.shape)
    assert torch.equal(spectrogram, expected[rows][:, columns])


def test_says_which_widths_there_are():
    with pytest.raises(ValueError, match="multiple of 8, got 20"):
        ConvNet(CLIP, told=3, width=20)
