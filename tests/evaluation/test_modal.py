"""Comparing modes: identities, what extra and missing modes do, and the assignment of SciPy."""

import math

import pytest
import torch
from scipy.optimize import linear_sum_assignment

from impactsound.evaluation.modal import aligned, match_modes, modal_scores, pole_gap, spurious_share
from impactsound.physics.modes import Modes
from impactsound.seeds import generator

HZ = torch.tensor(1.0)
FIELDS = ("frequency", "power", "decay", "phase")
SPACING = 50.0  # Hz between the modes of `comb`


def modes_of(*rows: tuple[float, float, float, float]) -> Modes:
    """One clip's modes from rows (frequency, power, decay, phase), `[1, mode]`."""
    return Modes(*torch.tensor(rows, dtype=torch.float64).reshape(-1, 4).T[:, None])


def uniform(*shape: int, name: str) -> torch.Tensor:
    return torch.rand(shape, generator=generator("modal", name), dtype=torch.float64)


def comb(n_clips: int = 3, n_modes: int = 20) -> Modes:
    """Modes at least 0.6 `SPACING` apart, with random everything else."""
    place = torch.arange(1, n_modes + 1) + 0.4 * uniform(n_clips, n_modes, name="frequency")
    power = -40 * uniform(n_clips, n_modes, name="power")
    decay = 5 + 50 * uniform(n_clips, n_modes, name="decay")
    return Modes(SPACING * place, power, decay, uniform(n_clips, n_modes, name="phase"))


def picked(modes: Modes, index: torch.Tensor) -> Modes:
    return Modes(*(getattr(modes, name).gather(-1, index) for name in FIELDS))


def moved(modes: Modes, frequency: float = 0.0, power: float = 0.0, slower: float = 1.0) -> Modes:
    return Modes(modes.frequency + frequency, modes.power + power, modes.decay / slower, modes.phase)


def joined(*parts: Modes) -> Modes:
    return Modes(*(torch.cat([getattr(part, name) for part in parts], dim=-1) for name in FIELDS))


def everything(modes: Modes) -> torch.Tensor:
    return torch.ones_like(modes.power, dtype=torch.bool)


def scores(truth: Modes, found: Modes):
    return modal_scores(truth, found, match_modes(truth, found, HZ), everything(truth))


def test_modes_are_matched_with_themselves_without_error():
    truth = comb()
    assert (match_modes(truth, truth, HZ) == torch.arange(20)).all()
    same = scores(truth, truth)
    assert (same.recall, same.frequency_error, same.t60_error, same.power_error, same.spurious) == (1, 0, 0, 0, 0)


def test_the_order_of_the_found_modes_does_not_matter():
    truth = comb()
    order = uniform(3, 20, name="order").argsort(-1)
    index = match_modes(truth, picked(truth, order), HZ)
    assert (index == order.argsort(-1)).all()
    assert torch.equal(aligned(picked(truth, order), index).power, truth.power)


@pytest.mark.parametrize("spread", [1.0, 12.0])
def test_agrees_with_the_cheapest_assignment_of_modes_that_stand_apart(spread):
    truth = comb(n_clips=4)
    order = uniform(4, 14, name="order").argsort(-1)
    kept = uniform(4, 20, name="kept").argsort(-1)[:, :14]
    found = picked(picked(truth, kept), order)
    found = moved(found, frequency=spread * (2 * uniform(4, 14, name="error") - 1))
    tolerance = 0.3 * SPACING  # half of the smallest distance between true modes
    index = match_modes(truth, found, torch.tensor(tolerance))
    for clip in range(4):
        cost = torch.hypot(
            truth.frequency[clip][:, None] - found.frequency[clip],
            (truth.decay[clip][:, None] - found.decay[clip]) / (2 * math.pi),
        )
        expected = torch.full((20,), -1)
        for row, column in zip(*linear_sum_assignment(cost.clamp_max(tolerance + 1).numpy()), strict=True):
            if cost[row, column] <= tolerance:
                expected[row] = int(column)
        assert torch.equal(index[clip], expected)
        assert (expected >= 0).sum() == 14


def test_each_found_mode_is_matched_once_with_the_nearest():
    truth = modes_of((100, 0, 5, 0), (100.4, 0, 5, 0), (101, 0, 5, 0))
    assert match_modes(truth, modes_of((100.3, 0, 5, 0)), HZ).tolist() == [[-1, 0, -1]]
    twins = modes_of((100, 0, 5, 0), (100, 0, 5, 0))
    assert sorted(match_modes(twins, twins, HZ)[0].tolist()) == [-1, 0]


def test_the_distance_is_that_of_the_poles():
    truth = modes_of((100, 0, 10, 0), (100, 0, 10 + 2 * math.pi * 3, 0), (104, 0, 10, 0), (math.pi, -math.inf, 0, 0))
    torch.testing.assert_close(pole_gap(truth), torch.tensor([[3.0, 3.0, 4.0, math.inf]], dtype=torch.float64))
    found = modes_of((100, 0, 10 + 2 * math.pi * 2.9, 0))
    assert match_modes(truth, found, torch.tensor(0.11)).tolist() == [[-1, 0, -1, -1]]
    assert match_modes(truth, found, torch.tensor(0.09)).tolist() == [[-1, -1, -1, -1]]
    assert pole_gap(modes_of((100, 0, 10, 0))).tolist() == [[math.inf]]


def test_each_mode_has_its_own_tolerance():
    truth = modes_of((100, 0, 5, 0), (200, 0, 5, 0))
    found = moved(truth, frequency=0.5)
    assert match_modes(truth, found, torch.tensor([0.4, 0.6])).tolist() == [[-1, 1]]


def test_unused_slots_match_nothing_however_wide_the_tolerance():
    truth = modes_of((100, 0, 5, 0), (0, -math.inf, 0, 0))
    assert match_modes(truth, truth, torch.tensor(math.inf)).tolist() == [[0, -1]]
    unused = modes_of((0, -math.inf, 0, 0))
    assert match_modes(unused, truth, torch.tensor(math.inf)).tolist() == [[-1]]
    assert match_modes(modes_of(), truth, HZ).shape == (1, 0)
    assert match_modes(truth, modes_of(), HZ).tolist() == [[-1, -1]]


def test_errors_are_those_that_were_made():
    truth = comb()
    score = scores(truth, moved(truth, frequency=0.25, power=-3, slower=1.1))
    assert score.frequency_error == pytest.approx(0.25)
    assert score.power_error == pytest.approx(3)
    assert score.t60_error == pytest.approx(0.1)
    assert (score.recall, score.spurious) == (1, 0)


def test_missing_modes_cost_recall_and_only_where_they_count():
    truth = comb()
    index = match_modes(truth, picked(truth, torch.arange(15).expand(3, 15)), HZ)
    found = picked(truth, torch.arange(15).expand(3, 15))
    assert modal_scores(truth, found, index, everything(truth)).recall == pytest.approx(15 / 20)
    first_16 = everything(truth) & (torch.arange(20) < 16)
    score = modal_scores(truth, found, index, first_16)
    assert score.recall == pytest.approx(15 / 16)
    assert score.spurious == 0


def test_extra_modes_are_spurious_where_they_are_loud():
    truth = comb()
    loudest = truth.power.amax(-1, keepdim=True)
    extra = Modes(*(torch.full((3, 2), value).double() for value in (5000.0, 0.0, 9.0, 0.0)))
    loud = Modes(extra.frequency, loudest + torch.tensor([-19.0, -21.0]), extra.decay, extra.phase)
    found = joined(truth, loud)
    n_loud = (truth.power > loudest - 20).sum().item()
    score = scores(truth, found)
    assert score.spurious == pytest.approx(3 / (n_loud + 3))
    assert score.recall == 1


def test_a_found_mode_that_matches_one_that_does_not_count_is_not_spurious():
    truth = modes_of((100, 0, 5, 0), (200, 0, 5, 0))
    only_first = torch.tensor([[True, False]])
    assert modal_scores(truth, truth, match_modes(truth, truth, HZ), only_first).spurious == 0


def test_only_modes_that_count_enter_the_errors():
    truth = modes_of((100, 0, 5, 0), (200, 0, 5, 0), (300, 0, 5, 0))
    found = modes_of((100.1, 1, 5, 0), (200.5, 2, 5, 0), (300.5, 2, 5, 0))
    score = modal_scores(truth, found, match_modes(truth, found, HZ), torch.tensor([[True, False, False]]))
    assert (score.recall, score.power_error) == (1, 1)
    assert score.frequency_error == pytest.approx(0.1)


def test_a_missed_mode_excuses_no_spurious_one():
    truth = modes_of((100, 0, 5, 0), (200, 0, 5, 0))
    found = modes_of((150, 0, 5, 0), (200, 0, 5, 0))
    assert scores(truth, found).spurious == 0.5


def test_with_nothing_found_recall_is_0_and_errors_are_infinite():
    truth = comb()
    for nothing in (
        Modes(*torch.zeros(4, 3, 0)),
        Modes(*torch.tensor([0, -math.inf, 0, 0]).expand(3, 2, 4).movedim(-1, 0)),
    ):
        score = scores(truth, nothing)
        assert (score.recall, score.spurious) == (0, 0)
        assert (score.frequency_error, score.t60_error, score.power_error) == (math.inf, math.inf, math.inf)


def test_without_true_modes_all_that_is_found_is_spurious():
    found = modes_of((100, -50, 5, 0))
    assert spurious_share(modes_of(), found, match_modes(modes_of(), found, HZ)) == 1


def test_a_mode_that_does_not_decay_agrees_with_itself():
    truth = modes_of((100, 0, 0, 0))
    assert scores(truth, truth).t60_error == 0
    assert scores(modes_of((100, 0, 1, 0)), truth).t60_error == math.inf


def test_leading_axes_are_free_and_types_may_differ():
    truth = comb(n_clips=6)
    folded = Modes(*(getattr(truth, name).float().unflatten(0, (2, 3)) for name in FIELDS))
    index = match_modes(folded, Modes(*(getattr(truth, name).unflatten(0, (2, 3)) for name in FIELDS)), HZ)
    assert (index == torch.arange(20)).all()


def test_what_cannot_be_compared_is_an_error():
    truth = comb()
    index = match_modes(truth, truth, HZ)
    with pytest.raises(ValueError, match="differ in clips"):
        match_modes(truth, comb(n_clips=2), HZ)
    with pytest.raises(ValueError, match="not numbers"):
        match_modes(truth, moved(truth, frequency=math.nan), HZ)
    with pytest.raises(ValueError, match="not of the true modes"):
        modal_scores(truth, truth, index[:, 1:], everything(truth))
    with pytest.raises(ValueError, match="not of the true modes"):
        modal_scores(truth, truth, index, torch.ones_like(truth.power))
    with pytest.raises(ValueError, match="no modes that count"):
        modal_scores(truth, truth, index, ~everything(truth))
    unused = Modes(truth.frequency, torch.full_like(truth.power, -math.inf), truth.decay, truth.phase)
    with pytest.raises(ValueError, match="unused"):
        modal_scores(unused, truth, index, everything(truth))
