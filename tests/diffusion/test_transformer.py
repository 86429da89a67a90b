import torch

from impactsound.config import Clip
from impactsound.diffusion.networks.transformer import Network as Transformer

CLIP = Clip(sample_rate=16000, n_fft=64, hop=256)


def woken(**settings):
    torch.manual_seed(0)
    network = Transformer(CLIP, 3, width=16, layers=1, heads=2, **settings)
    torch.nn.init.normal_(network.bins.weight)
    return network.eval()


@torch.inference_mode()
def test_the_position_is_all_that_tells_the_steps_apart():
    network, told = woken(), torch.randn(2, 3)
    network.position += torch.randn_like(network.position)
    before = network(told)
    assert before.diff(dim=-1).abs().amax(dim=(1, 2)).min() > 1e-3
    order = torch.randperm(CLIP.n_steps)
    network.position.copy_(network.position[order])
    torch.testing.assert_close(network(told), before[..., order])
    network.position.copy_(network.position[:1].expand_as(network.position))
    torch.testing.assert_close(network(told), network(told)[..., :1].expand_as(before))


@torch.inference_mode()
def test_every_step_is_heard_in_every_other():
    network, told = woken(), torch.randn(1, 3)
    before = network(told)
    for step in (0, CLIP.n_steps - 1):
        network.position[step] += torch.randn(16)
        assert (network(told) - before).abs().amax(dim=(0, 1, 2)).min() > 1e-5
        before = network(told)


def test_dropout_acts_in_training_alone():
    network, told = woken(dropout=0.5), torch.randn(1, 3)
    assert torch.equal(network(told), network(told))
    network.train()
    assert not torch.equal(network(told), network(told))
