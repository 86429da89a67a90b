"""A network is found by the name of its kind, and says which settings it does not know."""

import pytest
import torch

from impactsound import plugins
from impactsound.diffusion.build import build
from impactsound.errors import InputError

CLIP = {"sample_rate": 8000, "duration": 0.1, "n_fft": 64, "hop": 32}


def settings(kind, **network):
    return {"clip": CLIP, "kind": kind, "told": {"visual": [5]}, "network": network}


@pytest.mark.parametrize("kind", plugins.names(plugins.NETWORKS))
def test_every_network_starts_at_the_mean_of_what_it_is_shown(kind):
    network = build(settings(kind)).eval()
    clip = network.network.sound_mean.shape
    shown = torch.rand(4, *clip)
    network.standardise(shown)
    made = network({"visual": torch.randn(3, 5)})
    torch.testing.assert_close(made, shown.mean(0).expand(3, *clip))


@pytest.mark.parametrize("kind", ["perceptron", "../unet", "about_mean"])
def test_a_kind_without_a_file_is_refused(kind):
    with pytest.raises(InputError, match=r"systems\.makes = .* is unknown; known are convnet, transformer"):
        build(settings(kind))


def test_settings_that_a_network_does_not_take_are_named():
    with pytest.raises(InputError, match=r"'convnet' does not take its settings: .*'widht'"):
        build(settings("convnet", widht=8))
