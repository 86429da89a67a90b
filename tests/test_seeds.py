"""A draw depends on what it is for and on nothing else."""

import torch

from impactsound.seeds import normal, seed_of


def test_a_clips_noise_does_not_depend_on_its_batch():
    together = normal((3, 2), ["a", "b", "c"], 0, "noise")
    assert torch.equal(normal((3, 2), ["b"], 0, "noise")[0], together[1])
    assert not torch.equal(together[0], together[1])


def test_parts_are_not_run_together():
    assert seed_of("ab", "c") != seed_of("a", "bc")
    assert seed_of(1, "x") == seed_of("1", "x")
    assert 0 <= seed_of("x") < 2**63
