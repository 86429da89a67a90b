"""The learning rate rises, and falls as its schedule says."""

from itertools import pairwise

import pytest

from impactsound.training import Training


def rates(schedule, steps=4000, warmup=4):
    settings = Training(steps=steps, batch=1, learning_rate=0.05, warmup=warmup, schedule=schedule)
    return [settings.rate(step) for step in range(steps)]


@pytest.mark.parametrize("schedule", ["cosine", "exponential", "constant"])
def test_rises_to_the_rate_in_the_warmup(schedule):
    found = rates(schedule)
    assert max(found) == pytest.approx(0.05, rel=0.05)
    assert found.index(max(found)) == 3
    assert found[0] == pytest.approx(0.05 / 4)


def test_a_cosine_falls_to_nothing_and_is_halfway_in_the_middle():
    found = rates("cosine")
    assert found[2000] == pytest.approx(0.025)
    assert found[-1] < 1e-4 * 0.05
    assert found[1000] + found[3000] == pytest.approx(0.05)


def test_an_exponential_is_a_tenth_after_each_quarter():
    found = rates("exponential", warmup=0)
    assert [found[step] for step in (0, 1000, 2000, 3000)] == pytest.approx([0.05, 0.005, 0.0005, 0.00005])
    assert [second / first for first, second in pairwise(found)] == pytest.approx([0.1**0.001] * 3999)


def test_a_constant_stays():
    assert set(rates("constant")[3:]) == {0.05}
