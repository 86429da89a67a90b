"""Weights come back as they were, with their settings, and only into the network they are of."""

import pytest
import torch
from torch import nn

from impactsound import weights
from impactsound.errors import InputError


def test_round_trip(tmp_path):
    torch.manual_seed(0)
    network, other = nn.Linear(3, 2), nn.Linear(3, 2)
    weights.save(tmp_path / "w.safetensors", network, {"depth": 18, "unet": {"width": 8}})
    assert weights.config(tmp_path / "w.safetensors") == {"depth": 18, "unet": {"width": 8}}
    weights.load(tmp_path / "w.safetensors", other)
    assert torch.equal(other.weight, network.weight)
    assert not other.training


@pytest.mark.parametrize("content", [b"", b"not a safetensors file", None])
def test_a_foreign_file_is_named(tmp_path, content):
    path = tmp_path / "w.safetensors"
    if content is None:
        weights.save(path, nn.Linear(4, 4), {})
        with pytest.raises(InputError, match=r"w\.safetensors: does not fit") as caught:
            weights.load(path, nn.Linear(3, 2))
    else:
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"w\.safetensors: not a whole weights file") as caught:
            weights.config(path)
    assert "\n" not in str(caught.value)


def test_no_flipped_bit_of_the_values_or_the_settings_is_loaded(tmp_path):
    path = tmp_path / "w.safetensors"
    weights.save(path, nn.Linear(3, 2), {"depth": 18})
    content = path.read_bytes()
    for place in range(8, len(content)):  # the first eight bytes are the header's length
        flipped = bytearray(content)
        flipped[place] ^= 1 << (place % 8)
        path.write_bytes(flipped)
        with pytest.raises(InputError, match=r"w\.safetensors") as caught:
            weights.load(path, nn.Linear(3, 2))
        assert "\n" not in str(caught.value)


def test_a_file_that_was_cut_short_is_named(tmp_path):
    path = tmp_path / "w.safetensors"
    weights.save(path, nn.Linear(3, 2), {})
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"w\.safetensors: not a whole weights file"):
        weights.load(path, nn.Linear(3, 2))


def test_the_same_weights_are_the_same_bytes(tmp_path):
    path, network, written = tmp_path / "w.safetensors", nn.Linear(3, 2), set()
    for _ in range(20):  # an order that was left to chance would hardly be the same so often
        weights.save(path, network, {"depth": 18, "width": 8})
        written.add(path.read_bytes())
    assert len(written) == 1
