"""Accuracies are counted right, and so is who is taken for whom."""

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score
from torchmetrics.functional.classification import multiclass_confusion_matrix

from impactsound.evaluation import recognition


def test_accuracies():
    label = np.array([0, 0, 0, 2])
    decision = np.array([0, 0, 1, 2])
    assert recognition.accuracy(label, decision) == 0.75
    assert recognition.macro_accuracy(label, decision) == pytest.approx((2 / 3 + 1) / 2)
    assert recognition.majority_share(label) == 0.75


def test_macro_accuracy_is_balanced_accuracy():
    label, decision = np.random.default_rng(0).integers(5, size=(2, 100))
    assert recognition.macro_accuracy(label, decision) == pytest.approx(balanced_accuracy_score(label, decision))


def test_interval_covers_and_is_wider_when_hits_of_a_video_are_alike():
    rng = np.random.default_rng(0)
    label = np.zeros(400, dtype=int)
    decision = (rng.random(400) < 0.3).astype(int)
    low, high = recognition.accuracy_interval(label, decision, np.arange(400))
    assert low < recognition.accuracy(label, decision) < high
    spread = np.sqrt(0.7 * 0.3 / 400)
    assert high - low == pytest.approx(2 * 1.96 * spread, rel=0.15)  # binomial
    alike = np.repeat(rng.random(40) < 0.3, 10).astype(int)
    low, high = recognition.accuracy_interval(label, alike, np.repeat(np.arange(40), 10))
    assert high - low > 2 * 2 * 1.96 * spread


def test_confusion_agrees_with_torchmetrics_and_its_diagonal_with_accuracy():
    label, decision = np.random.default_rng(1).integers(4, size=(2, 60))
    count = recognition.confusion(label, decision, 5)
    assert np.array_equal(count, multiclass_confusion_matrix(torch.tensor(decision), torch.tensor(label), 5))
    assert count.trace() / count.sum() == recognition.accuracy(label, decision)


def test_confusion_rows_say_what_is_named_what():
    table = recognition.confusion_rows("x", np.array([0, 0, 1]), np.array([1, 1, 1]), ["wood", "glass"])
    assert table.to_csv(index=False).split() == [
        "system,true,named,count", "x,wood,wood,0", "x,wood,glass,2", "x,glass,wood,0", "x,glass,glass,1",
    ]  # fmt: skip


def test_what_cannot_be_counted_is_refused():
    for label, decision in ([], []), ([0], [0, 1]):
        for metric in (recognition.accuracy, recognition.macro_accuracy):
            with pytest.raises(ValueError, match="labels for"):
                metric(np.array(label, int), np.array(decision, int))
