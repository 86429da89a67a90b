"""What listeners preferred: the table of a listening study.

A row a pair of systems, and last the catch trials, of which all listeners count; of the pairs those only who passed.
`share`: of the answers that prefer the first; `low`, `high`: its 95 % interval by a bootstrap over listeners, whose
answers are alike (empty for fewer than two); `wilson_low`, `wilson_high`: Wilson's (1927), as if all answers were
independent; `p`: of the exact two-sided binomial test that neither is preferred, likewise; `answers` and `listeners`
that count; `left_out`: listeners that do not. Where there is no answer, the figures are empty.
"""

import math

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from impactsound.evaluation import recognition
from impactsound.evaluation.listening import ANOTHER


def pass_rates(answers: pd.DataFrame, key: pd.DataFrame) -> pd.Series:
    """The share of catch trials that each listener got right, by participant; of none answered, nan.

    A study without catch trials is passed by everyone.
    """
    judged = preferences(answers, key)
    everyone = pd.Index(sorted(set(answers["participant"])), name="participant")
    if not (key["second"] == ANOTHER).any():
        return pd.Series(1.0, everyone)
    caught = judged[judged["second"] == ANOTHER]
    return caught.groupby("participant")["prefers_first"].mean().reindex(everyone)


def listening_table(answers: pd.DataFrame, key: pd.DataFrame, passing: float, seed: int) -> pd.DataFrame:
    """The table.

    Args:
        answers: as `listening_answers.read_answers` gives them; key: as `listening.read_key` does.
        passing: least share of the catch trials that a listener must have right.
        seed: of the bootstrap.
    """
    judged = preferences(answers, key)
    rates = pass_rates(answers, key)
    passed = judged["participant"].isin(rates.index[rates >= passing])
    pairs = key[["first", "second"]].drop_duplicates()
    return pd.DataFrame([_row(judged, passed, first, second, seed) for first, second in pairs.itertuples(index=False)])


def preferences(answers: pd.DataFrame, key: pd.DataFrame) -> pd.DataFrame:
    """The answers with what the key says of their trials, and whether they prefer the first system."""
    judged = answers[["participant", "item", "chosen"]].merge(key, on="item", how="left", validate="many_to_one")
    return judged.assign(prefers_first=judged["chosen"] == judged["first_is"])


def share_interval(prefers: np.ndarray, listener: np.ndarray, seed: int) -> tuple[float, float]:
    """95 % interval of the share of bool answers by a bootstrap over listeners; nan for fewer than two."""
    if len(np.unique(listener)) < 2:
        return math.nan, math.nan
    return recognition.accuracy_interval(np.ones(len(prefers), int), prefers.astype(int), listener, seed)


def _row(judged: pd.DataFrame, passed: pd.Series, first: str, second: str, seed: int) -> dict[str, object]:
    asked = (judged["first"] == first) & (judged["second"] == second)
    counted = judged[asked if second == ANOTHER else asked & passed]
    listeners = counted["participant"].nunique()
    names = {"first": first, "second": second}
    counts = {
        "answers": len(counted),
        "listeners": listeners,
        "left_out": judged[asked]["participant"].nunique() - listeners,
    }
    if counted.empty:
        return names | dict.fromkeys(("share", "low", "high", "wilson_low", "wilson_high", "p"), math.nan) | counts
    prefers = counted["prefers_first"].to_numpy()
    low, high = share_interval(prefers, counted["participant"].to_numpy(str), seed)
    test = binomtest(int(prefers.sum()), len(prefers))
    wilson = test.proportion_ci(method="wilson")
    figures = {"share": prefers.mean(), "low": low, "high": high}
    return names | figures | {"wilson_low": wilson.low, "wilson_high": wilson.high, "p": test.pvalue} | counts
