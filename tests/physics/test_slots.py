"""Slots against a plain loop, and the ranges of the network's inputs."""

import math

import pytest
import torch

from impactsound.config import Clip
from impactsound.physics.modes import Modes
from impactsound.physics.slots import normalise, to_slots

CLIP = Clip(sample_rate=16000, n_fft=512)
INF = math.inf


def made(lead=(), count=200, seed=1) -> Modes:
    draw = torch.rand(4, *lead, count, generator=torch.Generator().manual_seed(seed))
    power = torch.where(draw[3] < 0.2, -INF, -90 * draw[1])
    return Modes(8000 * draw[0], power, 2000 * draw[2], torch.zeros_like(power))


def looped(modes: Modes) -> torch.Tensor:
    """One clip's slots, mode by mode, quiet to loud."""
    slots = torch.tensor([0.0, -INF, 0.0])[:, None].repeat(1, CLIP.n_bins)
    for power, frequency, decay in sorted(
        zip(modes.power.tolist(), modes.frequency.tolist(), modes.decay.tolist(), strict=True)
    ):
        if power > -INF:
            bin_ = round(frequency / CLIP.bin_width)
            slots[:, bin_] = torch.tensor([frequency - bin_ * CLIP.bin_width, power, decay])
    return slots


def test_equals_a_loop_over_modes():
    modes = made((2, 3))
    slots = to_slots(modes, CLIP)
    assert slots.shape == (2, 3, 3, CLIP.n_bins)
    for i in range(2):
        for j in range(3):
            clip = Modes(*(field[i, j] for field in (modes.frequency, modes.power, modes.decay, modes.phase)))
            torch.testing.assert_close(slots[i, j], looped(clip), rtol=0, atol=1e-3)


def test_the_loudest_wins_whatever_the_order():
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        modes = Modes(
            torch.tensor([62.0, 62.5, 63.0])[order],
            torch.tensor([-20.0, -3.0, -40.0])[order],
            torch.tensor([1.0, 2.0, 3.0])[order],
            torch.zeros(3),
        )
        assert to_slots(modes, CLIP)[:, 2].tolist() == [0.0, -3.0, 2.0]


def test_unused_modes_and_those_beyond_the_bins_leave_no_trace():
    modes = Modes(torch.tensor([0.0, 9000.0]), torch.tensor([-INF, -1.0]), torch.tensor([0.0, 1.0]), torch.zeros(2))
    slots = to_slots(modes, CLIP)
    assert (slots[1] == -INF).all()
    assert (slots[[0, 2]] == 0).all()


def test_inputs_lie_in_minus_one_to_one_and_empty_bins_are_quiet_and_slow():
    inputs = normalise(to_slots(made((4,)), CLIP), CLIP)
    assert inputs.isfinite().all()
    assert inputs.abs().max() <= 1
    empty = torch.tensor([0.0, -INF, 0.0])[:, None]
    assert normalise(empty, CLIP)[:, 0].tolist() == [0.0, -1.0, -1.0]


@pytest.mark.parametrize(
    ("slot", "expected"),
    [
        ((15.625, 0.0, 1000.0), (1.0, 1.0, 1.0)),
        ((-15.625, -80.0, 1.0), (-1.0, -1.0, -1.0)),
        ((7.8125, -40.0, math.sqrt(1000)), (0.5, 0.0, 0.0)),
        ((0.0, 12.0, 5000.0), (0.0, 1.0, 1.0)),
    ],
)
def test_scales(slot, expected):
    assert normalise(torch.tensor(slot)[:, None], CLIP)[:, 0].tolist() == pytest.approx(expected, abs=1e-6)
