"""A frame's log-odds depend on the frames within reach and on nothing else."""

import pytest
import torch

from impactsound.onset.motion import CHANNELS, GRID
from impactsound.onset.network import REACH, OnsetNetwork

DIM, FRAMES = 6, 40


@pytest.fixture
def network():
    torch.manual_seed(0)
    return OnsetNetwork(DIM, width=8).eval()


def drawn(n=FRAMES):
    generator = torch.Generator().manual_seed(n)
    return torch.randn(n, DIM, generator=generator), torch.randn(n, len(CHANNELS), GRID, GRID, generator=generator)


def test_it_looks_as_far_as_it_says_and_no_further(network):
    change, motion = (part.requires_grad_() for part in drawn())
    network.of_video(change, motion)[20].backward()
    seen = [part.grad.flatten(1).abs().sum(1).nonzero().flatten().tolist() for part in (change, motion)]
    looked = [20 + step for step in range(-REACH, REACH + 1)]
    assert {seen[1][0], seen[1][-1]} == {looked[0], looked[-1]} and set(seen[1]) == set(looked)
    assert set(seen[0]) <= set(looked)


def test_a_piece_within_reach_of_its_neighbours_is_as_in_the_whole(network):
    change, motion = drawn()
    whole = network.of_video(change, motion)
    assert whole.shape == (FRAMES,)
    piece = network.of_video(change[5:35], motion[5:35])
    torch.testing.assert_close(piece[REACH:-REACH], whole[5 + REACH : 35 - REACH])
    assert not torch.allclose(piece[:REACH], whole[5 : 5 + REACH])
    assert network.of_video(change[:1], motion[:1]).shape == (1,)


def test_a_film_that_ends_is_as_one_followed_by_nothing(network):
    change, motion = drawn()
    longer = torch.cat([change, torch.zeros(30, DIM)]), torch.cat([motion, torch.zeros(30, len(CHANNELS), GRID, GRID)])
    torch.testing.assert_close(network.of_video(*longer)[:FRAMES], network.of_video(change, motion))


def test_both_parts_are_seen_and_in_training_the_latent_only_at_times(network):
    change, motion = drawn()
    whole = network.of_video(change, motion)
    assert not torch.allclose(network.of_video(0 * change, motion), whole, atol=1e-4)
    assert not torch.allclose(network.of_video(change, 0 * motion), whole, atol=1e-4)
    network.train()
    torch.manual_seed(0)
    clips = torch.stack([change] * 64), torch.stack([motion] * 64)
    blind = network.eval()(torch.zeros_like(clips[0][:1]), clips[1][:1])
    found = network.train()(*clips)
    without = (found - blind).abs().amax(1) < 1e-5
    assert 0.3 < without.float().mean() < 0.7
