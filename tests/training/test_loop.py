"""The loop learns, keeps the best, resumes to the very weights of an uninterrupted run, and stops when it diverges."""

import math
import multiprocessing
import os
import signal
from dataclasses import replace

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch import nn

from impactsound.errors import InputError
from impactsound.training import Training, batch_rows, run_directory
from impactsound.training.loop import CHECKPOINT


def test_learns(regression, tmp_path):
    settings = Training(steps=400, batch=16, learning_rate=0.05, validate_every=100)
    _, history = regression.train(tmp_path, settings, dropout=0)
    assert history.loss.iloc[-1] < 1e-3
    assert history.step.tolist() == [100, 200, 300, 400]


def send(number, at):
    """What sends a signal to this process at a step."""
    return lambda batch: os.kill(os.getpid(), number) or 1.0 if batch.step == at else 1.0


@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("at", [3, 10, 17, 38])
def test_ended_and_resumed_equals_uninterrupted(regression, tmp_path, at, ema):
    settings = replace(regression.settings, ema=ema)
    whole, whole_history = regression.train(tmp_path / "whole", settings)
    with pytest.raises(SystemExit) as ended:
        regression.train(tmp_path / "ended", settings, send(signal.SIGTERM, at))
    assert ended.value.code == 128 + signal.SIGTERM
    resumed, history = regression.train(tmp_path / "ended", settings)
    assert torch.equal(whole.layer.weight, resumed.layer.weight)
    assert whole_history.equals(history)


def test_killed_and_resumed_equals_uninterrupted(regression, whole, tmp_path):
    killed = multiprocessing.get_context("fork").Process(
        target=regression.train, args=(tmp_path,), kwargs={"before": send(signal.SIGKILL, 27)}
    )
    killed.start()
    killed.join(60)
    assert killed.exitcode == -signal.SIGKILL
    (tmp_path / ".partial-x").mkdir()  # as a kill within a save would leave it
    seen = []
    resumed, history = regression.train(tmp_path, before=lambda batch: seen.append(batch.step) or 1.0)
    assert seen == list(range(20, 40))
    assert torch.equal(whole[0].layer.weight, resumed.layer.weight)
    assert whole[1].equals(history)
    assert not list(tmp_path.glob(".partial-*"))


def test_keeps_the_weights_of_the_least_validation_loss(regression, tmp_path):
    losses = iter([3.0, 1.0, 2.0, 5.0])
    seen = []

    def validate(network):
        seen.append(network.layer.weight.clone())
        return {"loss": next(losses)}

    network, _ = regression.train(tmp_path, validate=validate)
    assert torch.equal(network.layer.weight, seen[1])
    assert not torch.equal(seen[1], seen[3])


def test_the_best_weights_outlast_a_break(regression, tmp_path):
    losses, seen = iter([1.0, 2.0, 3.0, 4.0]), []

    def validate(network):
        seen.append(network.layer.weight.clone())
        return {"loss": next(losses)}

    with pytest.raises(SystemExit):
        regression.train(tmp_path, before=send(signal.SIGTERM, 15), validate=validate)
    network, _ = regression.train(tmp_path, validate=validate)
    assert torch.equal(network.layer.weight, seen[0])


@pytest.mark.parametrize(
    "factor, expected",
    [(math.nan, "at step 25, with a loss of nan"), (math.inf, "at step 25, with a loss of inf"), (1e9, "at step 25")],
)
def test_a_training_that_diverges_stops_and_leaves_what_it_saved(regression, tmp_path, factor, expected):
    with pytest.raises(SystemExit):
        regression.train(tmp_path, before=send(signal.SIGTERM, 22))
    saved = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(InputError, match=rf"^linear: the training diverged {expected}.*learning_rate \(0\.05\)$"):
        regression.train(tmp_path, before=lambda batch: factor if batch.step >= 25 else 1.0)
    assert (tmp_path / CHECKPOINT).read_bytes() == saved


@pytest.mark.parametrize("at", [29, 39])
def test_a_step_that_diverges_just_before_a_validation_is_noticed_by_it(regression, tmp_path, at):
    validated = []

    def validate(network):
        validated.append(network)
        return regression.validate(network)

    with pytest.raises(InputError, match=f"at step {at}"):
        regression.train(tmp_path, before=lambda batch: math.nan if batch.step == at else 1.0, validate=validate)
    assert len(validated) == at // 10


def test_a_training_that_is_ended_as_it_diverges_saves_nothing(regression, tmp_path):
    end = send(signal.SIGTERM, 5)
    with pytest.raises(InputError, match="at step 5"):
        regression.train(tmp_path, before=lambda batch: math.nan * end(batch) if batch.step == 5 else 1.0)
    assert not (tmp_path / CHECKPOINT).exists()


def test_a_validation_loss_that_is_not_a_number_is_a_divergence(regression, tmp_path):
    with pytest.raises(InputError, match="diverged by step 9, with a validation loss of nan"):
        regression.train(tmp_path, validate=lambda network: {"loss": math.nan})
    assert not (tmp_path / CHECKPOINT).exists()


def test_a_step_on_the_way_to_less_is_no_divergence(regression, tmp_path):
    _, history = regression.train(tmp_path, before=lambda batch: 1e3 if batch.step == 5 else 1.0)
    assert history.step.iloc[-1] == 40


def test_tensorboard_is_shown_the_course_and_the_pace_but_the_history_has_no_times(regression, tmp_path):
    shown = []
    _, history = regression.train(
        tmp_path, show=lambda network, events, step: shown.append((step, network.training, events.add_text("a", "b")))
    )
    events = EventAccumulator(str(tmp_path / "events")).Reload()
    tags = {"train_loss", "loss", "learning_rate", "gradient_norm", "clips_per_second", "waiting"}
    assert set(events.Tags()["scalars"]) == tags
    assert [event.step for event in events.Scalars("gradient_norm")] == [step for step, *_ in shown] == [10, 20, 30, 40]
    assert all(0 < event.value < 1 for event in events.Scalars("waiting"))
    assert not any(training for _, training, _ in shown)
    assert history.columns.tolist() == ["step", "train_loss", "loss"]


def test_what_is_read_is_that_of_the_rows(regression, whole, tmp_path):
    def before(batch):
        assert torch.equal(batch.data, regression.x[batch.rows])
        return 1.0

    network, _ = regression.train(tmp_path, before=before, read=lambda batch: regression.x[batch.rows])
    assert torch.equal(network.layer.weight, whole[0].layer.weight)


def test_an_error_in_reading_is_raised(regression, tmp_path):
    def read(batch):
        if batch.step == 7:
            raise InputError("clips.h5: damaged")
        return regression.x[batch.rows]

    with pytest.raises(InputError, match="damaged"):
        regression.train(tmp_path, read=read)


def test_in_half_precision_it_learns_much_the_same(regression, tmp_path):
    half, _ = regression.train(tmp_path, replace(regression.settings, precision="bf16-mixed"), dropout=0)
    full, _ = regression.train(tmp_path / "full", dropout=0)
    assert half.layer.weight.dtype == torch.float32
    assert not torch.equal(half.layer.weight, full.layer.weight)
    torch.testing.assert_close(half.layer.weight, full.layer.weight, rtol=0.05, atol=0.02)


def test_the_order_in_memory_changes_nothing_but_rounding(regression, tmp_path):
    class Pictures(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(1)
            self.layers = nn.Sequential(nn.Unflatten(1, (3, 1, 1)), nn.Conv2d(3, 4, 1), nn.Flatten(), nn.Linear(4, 1))

        def forward(self, x):
            return self.layers(x)

    plain, _ = regression.train(tmp_path / "plain", network=Pictures())
    settings = replace(regression.settings, channels_last=True)
    with pytest.raises(SystemExit):
        regression.train(tmp_path / "last", settings, send(signal.SIGTERM, 15), network=Pictures())
    last, _ = regression.train(tmp_path / "last", settings, network=Pictures())
    torch.testing.assert_close(last.state_dict(), plain.state_dict(), rtol=1e-4, atol=1e-5)


def test_batches_are_epochs_laid_end_to_end():
    rows = torch.cat([batch_rows(10, 4, step, "a") for step in range(5)])
    assert sorted(rows[:10].tolist()) == sorted(rows[10:].tolist()) == list(range(10))
    assert rows[:10].tolist() != rows[10:].tolist()
    assert sorted(torch.cat([batch_rows(3, 7, s, "a") for s in range(3)]).bincount().tolist()) == [7, 7, 7]


def test_run_directory_follows_model_settings_and_inputs(tmp_path):
    (tmp_path / "in").write_text("a")
    model, inputs = tmp_path / "model.safetensors", [str(tmp_path / "in")]
    first = run_directory(model, {"lr": 1}, inputs)
    assert first.parent == tmp_path / "runs"
    assert run_directory(model, {"lr": 1}, inputs) == first
    assert run_directory(tmp_path / "regressor.safetensors", {"lr": 1}, inputs) != first
    assert run_directory(model, {"lr": 2}, inputs) != first
    (tmp_path / "in").write_text("b")
    assert run_directory(model, {"lr": 1}, inputs) != first
