"""Shares, intervals and p against closed forms; whoever fails the catch trials does not count."""

import math

import numpy as np
import pandas as pd
import pytest

from impactsound.evaluation.listening import ANOTHER, KEY
from impactsound.evaluation.listening_score import listening_table, pass_rates, share_interval

N = 8  # clips a pair
CATCH = 4
Z = 1.959963984540054  # of a normal distribution's central 95 %


def key(catch=CATCH):
    """Two pairs and the catch trials; the first system is left in every other trial."""
    pairs = [("a", "b", N), ("c", "a", N), *([("real", ANOTHER, catch)] if catch else [])]
    rows = [
        ("k", f"{first}{second}{n}", f"c{n}", first, second, f"c{n}", f"l{n}", f"r{n}", ("left", "right")[n % 2])
        for first, second, count in pairs
        for n in range(count)
    ]
    return pd.DataFrame(rows, columns=list(KEY))


def answered(asked, participant, first, caught=CATCH):
    """A listener who prefers the first system in so many trials of every pair, and has so many catch trials right."""
    place = asked.groupby(["first", "second"]).cumcount()
    prefers = place < np.where(asked["second"] == ANOTHER, caught, first)
    other = asked["first_is"].map({"left": "right", "right": "left"})
    chosen = asked["first_is"].where(prefers, other)
    return asked[["item"]].assign(participant=participant, chosen=chosen, seconds=1.0)


def table(listeners, passing=0.75, asked=None):
    asked = key() if asked is None else asked
    answers = pd.concat([answered(asked, f"p{n}", *each) for n, each in enumerate(listeners)], ignore_index=True)
    return listening_table(answers, asked, passing, 0).set_index(["first", "second"])


def binomial(k, n):
    """The two-sided p of k of n at a half: the probability of all that is no likelier."""
    weights = np.array([math.comb(n, j) for j in range(n + 1)], float)
    return weights[weights <= weights[k] * (1 + 1e-9)].sum() / 2**n


@pytest.mark.parametrize("first", [0, 3, 4, 8])
def test_share_interval_and_p_are_those_of_the_binomial(first):
    row = table([(first,), (first,), (first,)]).loc[("a", "b")]
    k, n = 3 * first, 3 * N
    share = k / n
    assert (row["share"], row["answers"], row["listeners"]) == (share, n, 3)
    assert row["p"] == pytest.approx(binomial(k, n), rel=1e-12)
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    assert (row["wilson_low"], row["wilson_high"]) == pytest.approx((middle - half, middle + half), abs=1e-12)
    assert row["low"] == row["high"] == pytest.approx(share)  # listeners who agree


def test_the_bootstrap_draws_listeners_and_not_answers():
    listener = np.repeat(np.arange(200), N)
    random = np.random.default_rng(0)
    share = random.beta(4, 4, 200)
    prefers = random.random(len(listener)) < share[listener]
    low, high = share_interval(prefers, listener, seed=0)
    error = np.std([prefers[listener == one].mean() for one in range(200)]) / math.sqrt(200)
    assert high - low == pytest.approx(2 * Z * error, rel=0.05)
    assert (low + high) / 2 == pytest.approx(prefers.mean(), abs=error / 5)
    assert share_interval(prefers, listener, seed=0) == (low, high)


def test_one_listener_has_no_interval_over_listeners():
    row = table([(5,)]).loc[("a", "b")]
    assert math.isnan(row["low"]) and math.isnan(row["high"]) and row["wilson_low"] < 5 / N < row["wilson_high"]


def test_who_fails_the_catch_trials_is_left_out_of_the_pairs_but_not_of_the_catch_row():
    found = table([(8, 4), (8, 3), (0, 2)])
    assert found.loc[("a", "b"), ["share", "answers", "listeners", "left_out"]].tolist() == [1, 2 * N, 2, 1]
    catch = found.loc[("real", ANOTHER)]
    assert catch["share"] == 9 / 12 and (catch["listeners"], catch["left_out"]) == (3, 0)
    assert found.index[-1] == ("real", ANOTHER)
    everyone = table([(8, 4), (8, 3), (0, 2)], passing=0.5)
    assert everyone.loc[("a", "b"), "share"] == pytest.approx(2 / 3)


def test_who_answered_no_catch_trial_is_left_out_unless_there_is_none():
    asked = key()
    some = pd.concat([answered(asked, "p", 8), answered(asked, "q", 8)[lambda rows: asked["second"] != ANOTHER]])
    assert pass_rates(some, asked).isna().tolist() == [False, True]
    assert listening_table(some, asked, 0.0, 0)["left_out"].tolist() == [1, 1, 0]
    free = table([(8,), (8,)], asked=key(catch=0))
    assert free["left_out"].tolist() == [0, 0] and free["listeners"].tolist() == [2, 2]


def test_a_pair_without_answers_has_a_row_without_figures():
    found = table([(8, 0)])
    row = found.loc[("a", "b")]
    assert row[["answers", "listeners", "left_out"]].tolist() == [0, 0, 1]
    assert row[["share", "low", "high", "wilson_low", "wilson_high", "p"]].isna().all()


def test_swapping_a_pair_mirrors_its_row():
    asked = key()
    answers = pd.concat([answered(asked, name, first) for name, first in (("p", 7), ("q", 5))])
    other = asked["first_is"].map({"left": "right", "right": "left"})
    pairs = asked["second"] != ANOTHER
    swapped = asked.assign(
        first=asked["first"].where(~pairs, asked["second"]),
        second=asked["second"].where(~pairs, asked["first"]),
        first_is=asked["first_is"].where(~pairs, other),
    )
    one = listening_table(answers, asked, 0.5, 0).iloc[0]
    two = listening_table(answers, swapped, 0.5, 0).iloc[0]
    assert one["share"] == 1 - two["share"] and one["p"] == pytest.approx(two["p"])
    assert one["low"] == pytest.approx(1 - two["high"]) and one["wilson_low"] == pytest.approx(1 - two["wilson_high"])
