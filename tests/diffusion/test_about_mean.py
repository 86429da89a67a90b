"""What holds of every network that regresses a spectrogram from a condition."""

import pytest
import torch

from impactsound.config import Clip
from impactsound.diffusion.networks.convnet import Network as ConvNet
from impactsound.diffusion.networks.transformer import Network as Transformer

SMALL = Clip(sample_rate=16000, n_fft=64, hop=256)
RIVALS = pytest.mark.parametrize("rival", [ConvNet, Transformer])
TOLD = 6


def woken(rival, clip=SMALL):
    """A network whose last layer is not zero, ready to be used."""
    torch.manual_seed(0)
    network = rival(clip, TOLD)
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network.eval()


def spectrograms(clips, clip=SMALL):
    draw = torch.Generator().manual_seed(1)
    return 0.2 * torch.randn(clips, 1, clip.n_bins, clip.n_steps, generator=draw) - 0.5


@RIVALS
@pytest.mark.parametrize(
    ("clip", "size"),
    [
        (Clip(), (1025, 44)),
        (Clip(sample_rate=16000, n_fft=512, hop=128), (257, 32)),
        (Clip(sample_rate=16000, n_fft=512, hop=96), (257, 42)),
        (Clip(sample_rate=8000, duration=0.1, n_fft=64, hop=48), (33, 17)),
        (Clip(sample_rate=8000, duration=0.01, n_fft=16, hop=128), (9, 1)),
    ],
)
def test_the_shape_is_the_clips(rival, clip, size):
    with torch.inference_mode():
        assert rival(clip, TOLD)(torch.randn(2, TOLD)).shape == (2, 1, *size)


@RIVALS
def test_starts_at_the_mean_whatever_it_is_told(rival):
    network, sounds = rival(SMALL, TOLD), spectrograms(5)
    network.standardise(sounds)
    assert torch.equal(network(torch.randn(3, TOLD)), sounds.mean(0).expand(3, -1, -1, -1))


@RIVALS
def test_a_spread_of_the_spectrograms_is_the_unit(rival):
    network, sounds = woken(rival), spectrograms(5)
    told = torch.randn(3, TOLD)
    before = network(told)
    network.standardise(sounds)
    spread = (sounds - sounds.mean(0)).square().mean().sqrt()
    torch.testing.assert_close(network(told), sounds.mean(0) + spread * before)


@RIVALS
def test_spectrograms_that_are_all_one_are_given_back(rival):
    network, sounds = woken(rival), spectrograms(1)
    network.standardise(sounds)
    torch.testing.assert_close(network(torch.randn(1, TOLD)), sounds)


@RIVALS
def test_mean_and_spread_are_kept_with_the_weights(rival):
    network, other = woken(rival), rival(SMALL, TOLD).eval()
    network.standardise(spectrograms(4))
    other.load_state_dict(network.state_dict())
    told = torch.randn(2, TOLD)
    assert torch.equal(other(told), network(told))


@RIVALS
@torch.inference_mode()
def test_every_entry_of_the_condition_is_heard_and_clips_apart(rival):
    network, told = woken(rival), torch.randn(3, TOLD)
    together = network(told)
    for entry in range(TOLD):
        other = told.clone()
        other[:, entry] += 1
        assert (network(other) - together).abs().amax(dim=(1, 2, 3)).min() > 1e-3
    torch.testing.assert_close(together[1:2], network(told[1:2]), rtol=1e-4, atol=1e-5)


@RIVALS
def test_every_weight_learns(rival):
    network = woken(rival)
    network(torch.randn(2, TOLD)).square().mean().backward()
    assert [name for name, value in network.named_parameters() if not value.grad.abs().sum() > 0] == []


@RIVALS
def test_learns_two_clips_by_their_conditions(rival):
    sounds, told = spectrograms(2), torch.eye(2, TOLD)
    torch.manual_seed(0)
    network = rival(SMALL, TOLD).eval()  # without dropout
    network.standardise(sounds)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(40):
        optimiser.zero_grad()
        loss = (network(told) - sounds).square().mean()
        loss.backward()
        optimiser.step()
    assert loss < 0.05 * (sounds - sounds.mean(0)).square().mean()
