"""The loop learns, keeps the best, and resumes to the very weights of an uninterrupted run."""

import os
import signal

import pytest
import torch
from torch import nn

from impactsound.seeds import generator
from impactsound.training import Training, batch_rows, fit, run_directory

SETTINGS = Training(steps=40, batch=8, learning_rate=0.05, warmup=4, ema=0.9, validate_every=10)


class Linear(nn.Module):
    """Dropout makes it draw random numbers of its own."""

    def __init__(self, dropout=0.2):
        super().__init__()
        torch.manual_seed(1)
        self.layer = nn.Linear(3, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return self.layer(self.dropout(x))


def data():
    x = torch.randn(64, 3, generator=generator("x"))
    return x, x @ torch.tensor([[1.0], [-2.0], [0.5]])


def train(run, settings=SETTINGS, at=None, dropout=0.2):
    x, y = data()
    network = Linear(dropout)

    def loss(network, batch):
        if batch.step == at:
            os.kill(os.getpid(), signal.SIGTERM)
        return (network(x[batch.rows]) - y[batch.rows]).square().mean()

    def validate(network):
        return {"loss": float((network(x) - y).square().mean())}

    return network, fit(network, len(x), loss, validate, settings, run, ("seed",), "linear")


def test_learns(tmp_path):
    _, history = train(tmp_path, Training(steps=400, batch=16, learning_rate=0.05, validate_every=100), dropout=0)
    assert history.loss.iloc[-1] < 1e-3
    assert history.step.tolist() == [100, 200, 300, 400]


@pytest.mark.parametrize("at", [3, 10, 17, 38])
def test_killed_and_resumed_equals_uninterrupted(tmp_path, at):
    whole, whole_history = train(tmp_path / "whole")
    with pytest.raises(SystemExit):
        train(tmp_path / "killed", at=at)
    resumed, history = train(tmp_path / "killed")
    assert torch.equal(whole.layer.weight, resumed.layer.weight)
    assert whole_history.equals(history)


def test_keeps_the_weights_of_the_least_validation_loss(tmp_path):
    x, y = data()
    losses = iter([3.0, 1.0, 2.0, 5.0])
    seen = []

    def validate(network):
        seen.append(network.layer.weight.clone())
        return {"loss": next(losses)}

    network = Linear()
    fit(network, 64, lambda n, s: (n(x) - y).square().mean(), validate, SETTINGS, tmp_path, ("s",), "best")
    assert torch.equal(network.layer.weight, seen[1])
    assert not torch.equal(seen[1], seen[3])


def test_batches_are_epochs_laid_end_to_end():
    rows = torch.cat([batch_rows(10, 4, step, "a") for step in range(5)])
    assert sorted(rows[:10].tolist()) == sorted(rows[10:].tolist()) == list(range(10))
    assert rows[:10].tolist() != rows[10:].tolist()
    assert sorted(torch.cat([batch_rows(3, 7, s, "a") for s in range(3)]).bincount().tolist()) == [7, 7, 7]


def test_learning_rate_rises_and_falls_to_nothing():
    rates = [SETTINGS.rate(step) for step in range(SETTINGS.steps)]
    assert max(rates) == pytest.approx(SETTINGS.learning_rate, rel=0.05)
    assert rates.index(max(rates)) == SETTINGS.warmup - 1
    assert rates[-1] < 0.01 * SETTINGS.learning_rate


def test_run_directory_follows_settings_and_inputs(tmp_path):
    (tmp_path / "in").write_text("a")
    inputs = [str(tmp_path / "in")]
    first = run_directory(tmp_path, {"lr": 1}, inputs)
    assert run_directory(tmp_path, {"lr": 1}, inputs) == first
    assert run_directory(tmp_path, {"lr": 2}, inputs) != first
    (tmp_path / "in").write_text("b")
    assert run_directory(tmp_path, {"lr": 1}, inputs) != first
