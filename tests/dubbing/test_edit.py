"""An edit says what it changes, in its order; what is out of range or unknown is refused with its place."""

import math

import pytest
import torch

from impactsound.dubbing.edit import LOW_RANGES, NEUTRAL, RANGES, Edit, Low
from impactsound.errors import InputError
from impactsound.physics.edits import scale_damping, scale_size, shift_lowest, tilt
from impactsound.physics.modes import Modes
from impactsound.physics.residual import Residual

PLACE = "edits.json: hit 3: edit"


def physics(*lead, dtype=torch.float32):
    draw = torch.Generator().manual_seed(0)
    ends = ((100, 4000), (-40, 0), (5, 50), (0, 6))
    fields = [low + (high - low) * torch.rand(*lead, 6, generator=draw, dtype=dtype) for low, high in ends]
    fields[1][..., 4:] = -math.inf
    bands = [torch.rand(*lead, 3, generator=draw, dtype=dtype) for _ in range(3)]
    return Modes(*fields), torch.zeros(lead), Residual(*bands)


@pytest.mark.parametrize("key", RANGES)
def test_both_ends_of_a_range_are_allowed_and_nothing_beyond(key):
    for end, beyond in zip(RANGES[key], (-1e-9, 1e-9), strict=True):
        assert Edit.read({key: end}, PLACE).to_json() == {key: end}
        with pytest.raises(InputError, match=rf"^edits\.json: hit 3: edit\.{key} = .* from [-.\d]+ to [.\d]+$"):
            Edit.read({key: end + beyond}, PLACE)


@pytest.mark.parametrize("key", LOW_RANGES)
def test_the_lowest_modes_have_ranges_too(key):
    for end, beyond in zip(LOW_RANGES[key], (-1, 1), strict=True):
        assert getattr(Edit.read({"low": {"modes": 2, key: end}}, PLACE).low, key) == end
        with pytest.raises(InputError, match=rf"edit\.low\.{key} = "):
            Edit.read({"low": {"modes": 2, key: end + beyond}}, PLACE)


@pytest.mark.parametrize(
    "value", [True, None, "2", [2], {}, math.nan, math.inf, -math.inf, pytest.param(10**400, id="huge")]
)
@pytest.mark.parametrize("key", ["size", "residual_level", "time"])
def test_what_is_no_finite_number_is_refused(key, value):
    with pytest.raises(InputError, match=rf"edit\.{key} = .*give a number") as caught:
        Edit.read({key: value}, PLACE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"dampping": 2}, "unknown key 'dampping'; did you mean 'damping'?"),
        ({"low": {"modes": 3, "decibel": 2}}, "edit.low: unknown key 'decibel'; did you mean 'decibels'?"),
        ({"x": 2}, "unknown key 'x'; known are size, "),
        ({"low": {"decibels": 3}}, "edit.low: 'modes' is missing"),
        ({"low": {"modes": 2.5}}, "edit.low.modes = 2.5: give a whole number from 0 to 1000"),
        ({"low": 3}, "edit.low is 3: give an object"),
        ({"entry": ""}, "edit.entry = '': give a text"),
        ({"entry": 3}, "edit.entry = 3: give a text"),
        ({"time": -0.1}, "edit.time = -0.1: give a number of at least 0"),
        ([], "edit is []: give an object"),
    ],
)
def test_a_fault_is_one_line_with_its_place(members, said):
    with pytest.raises(InputError) as caught:
        Edit.read(members, PLACE)
    assert str(caught.value).startswith(PLACE) and said in str(caught.value) and "\n" not in str(caught.value)


def test_json_is_read_back():
    members = {key: sum(ends) / 2 for key, ends in RANGES.items()} | {"time": 1.25, "entry": "glass"}
    members["low"] = {"modes": 7, "decibels": -3.5, "decay": 0.5}
    assert Edit.read(members, PLACE).to_json() == members
    assert Edit.read({}, PLACE) == Edit() and Edit().to_json() == {}


def test_a_hits_own_keys_stand_in_place_of_those_of_all():
    own, common = Edit(size=2.0, low=Low(3)), Edit(size=0.5, tilt=3.0, low=Low(9, -6.0, 2.0))
    assert own.over(common) == Edit(size=2.0, tilt=3.0, low=Low(3))
    assert own.over(Edit()) == own and Edit().over(common) == common


def test_only_what_changes_the_sound_is_physical():
    idle = Edit(**NEUTRAL, low=Low(0, -6.0, 2.0), strength=3.0, time=1.0)
    assert idle.physical == Edit() == Edit(low=Low(4)).physical
    told = Edit(size=2.0, damping=0.5, tilt=1.0, low=Low(2, 1.0), residual_level=-3.0, residual_t60=2.0, entry="wood")
    assert told.physical == told


def test_what_is_neutral_changes_no_bit():
    modes, onset, residual = physics()
    for found in (Edit().applied(modes, onset, residual), Edit(**NEUTRAL, low=Low(3)).applied(modes, onset, residual)):
        assert all(torch.equal(getattr(found.modes, name), value) for name, value in vars(modes).items())
        assert all(torch.equal(getattr(found.residual, name), value) for name, value in vars(residual).items())


def test_edits_of_modes_follow_each_other_in_the_order_of_the_keys():
    modes, onset, residual = physics()
    edit = Edit.read(
        {"low": {"modes": 2, "decibels": -9, "decay": 3}, "tilt": 4, "damping": 0.5, "size": 2, "time": 1}, PLACE
    )
    found = edit.applied(modes, onset, residual)
    asked = shift_lowest(tilt(scale_damping(scale_size(modes, 2), 0.5), 4, 1000), 2, -9, 3)
    for name, value in vars(asked).items():
        torch.testing.assert_close(getattr(found.modes, name), value, rtol=1e-6, atol=0)
    assert found.residual is residual and found.onset is onset


def test_the_residual_is_scaled_in_decibels_and_in_time():
    modes, onset, residual = physics()
    found = Edit(residual_level=-20.0, residual_t60=3.0, size=2.0).applied(modes, onset, residual).residual
    torch.testing.assert_close(found.weight, residual.weight / 10)
    torch.testing.assert_close(found.t60, residual.t60 * 3)
    assert torch.equal(found.delay, residual.delay)


def test_impacts_are_edited_together_as_each_alone():
    edit = Edit(size=1.5, tilt=2.0, low=Low(2, -6.0, 2.0), residual_level=3.0)
    modes, onset, residual = physics(2, 3)
    together = edit.applied(modes, onset, residual)
    alone = edit.applied(Modes(*(value[1, 2] for value in vars(modes).values())), onset[1, 2], residual)
    assert all(torch.equal(getattr(together.modes, name)[1, 2], value) for name, value in vars(alone.modes).items())


def test_gradients_pass():
    modes, onset, residual = physics(dtype=torch.float64)
    used = Modes(*(value[:4].requires_grad_() for value in vars(modes).values()))
    weight = residual.weight.requires_grad_()

    def edited(*fields):
        edit = Edit(size=1.5, damping=2.0, tilt=2.0, low=Low(2, -6.0, 2.0), residual_level=3.0, residual_t60=2.0)
        found = edit.applied(Modes(*fields[:4]), onset, Residual(fields[4], residual.delay, residual.t60))
        return (*vars(found.modes).values(), found.residual.weight)

    assert torch.autograd.gradcheck(edited, (*vars(used).values(), weight))
