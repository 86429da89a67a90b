"""A checkpoint is read as it was written, by the training it is of; any other is refused in one line."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

from impactsound.errors import InputError
from impactsound.training import checkpoint
from impactsound.training.loop import CHECKPOINT

PARTS = {"network": {"a.weight": torch.randn(3, 2), "count": torch.tensor(7)}, "optimiser/0": {"step": torch.ones(())}}
NOTES = {"step": 3, "history": [{"loss": 0.1 + 0.2}]}
TRAINING = {"learning_rate": 0.1, "batch": 8, "seed": ["0", "a"]}


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "c.safetensors"
    checkpoint.save(path, PARTS, NOTES, TRAINING)
    return path


def test_reads_what_was_written(written):
    parts, notes = checkpoint.load(written, TRAINING)
    assert notes == NOTES
    assert parts.keys() == PARTS.keys()
    for part, values in PARTS.items():
        assert parts[part].keys() == values.keys()
        assert all(torch.equal(parts[part][name], value) for name, value in values.items())


def test_tensors_that_share_memory_or_lie_crosswise_are_written(tmp_path):
    shared = torch.arange(6.0).reshape(2, 3)
    values = {"a": shared, "b": shared, "c": shared.T}
    checkpoint.save(tmp_path / "c", {"network": values}, {}, {})
    parts, _ = checkpoint.load(tmp_path / "c", {})
    assert all(torch.equal(parts["network"][name], value) for name, value in values.items())


def test_nothing_is_read_where_there_is_no_file(tmp_path):
    assert checkpoint.load(tmp_path / "none", TRAINING) is None


def test_another_training_is_refused_with_what_differs(written):
    with pytest.raises(InputError) as refused:
        checkpoint.load(written, TRAINING | {"batch": 4, "ema": 0.9})
    expected = "checkpoint of another training (batch 8, now 4, ema None, now 0.9); delete it to train from the start"
    assert str(refused.value) == f"{written}: {expected}"


@pytest.mark.parametrize("keep", [0, 5, 60, -1])
def test_a_damaged_file_is_refused_in_one_line(written, keep):
    written.write_bytes(written.read_bytes()[:keep])
    with pytest.raises(InputError, match=rf"^{re.escape(str(written))}: damaged checkpoint \(.*\); delete it") as found:
        checkpoint.load(written, TRAINING)
    assert "\n" not in str(found.value)


def test_the_shapes_tell_networks_apart_by_names_and_sizes_alone():
    def digest(*layers):
        return checkpoint.shapes(nn.Sequential(*layers))

    assert digest(nn.Linear(3, 2)) == digest(nn.Linear(3, 2))
    assert len({digest(nn.Linear(3, 2)), digest(nn.Linear(2, 3)), digest(nn.ReLU(), nn.Linear(3, 2))}) == 3


def test_training_refuses_the_checkpoint_of_other_settings_or_another_network(regression, tmp_path):
    regression.train(tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(InputError, match=rf"{CHECKPOINT}: .*\(learning_rate 0\.05, now 0\.01\)"):
        regression.train(tmp_path, replace(regression.settings, learning_rate=0.01))
    with pytest.raises(InputError, match=r"\(network \w{16}, now \w{16}\)"):
        regression.train(tmp_path, network=nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1)))
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_the_same_state_is_the_same_bytes(tmp_path):
    path, contents = tmp_path / "c.safetensors", set()
    for _ in range(20):
        checkpoint.save(path, PARTS, NOTES, TRAINING)
        contents.add(path.read_bytes())
    assert len(contents) == 1
