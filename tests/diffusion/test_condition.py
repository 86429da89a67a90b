"""Every part that is told is heard unless it is withheld, and of what shape it must be is known."""

import pytest
import torch

from impactsound.diffusion.condition import ConditionEncoder, joined
from impactsound.errors import InputError

SHAPES = {
    "visual": [12],
    "material": [4],
    "mfcc": [7],
    "spectral": [5],
    "modes": [3, 33],
    "residual": [3, 4],
    "rendered": [1, 33, 6],
}
PIECES = {name: name for name in SHAPES} | {"modes": "physics", "residual": "physics"}


def encoder(*parts) -> ConditionEncoder:
    torch.manual_seed(0)
    made = ConditionEncoder({name: SHAPES[name] for name in parts})
    for null in made.null.values():
        torch.nn.init.normal_(null)
    return made


def told(*parts, clips=3, seed=0):
    draw = torch.Generator().manual_seed(seed)
    return {name: torch.rand(clips, *SHAPES[name], generator=draw) for name in parts}


def equal(one, other) -> bool:
    same = torch.equal(one.vector, other.vector)
    return same and (one.picture is None or torch.equal(one.picture, other.picture))


@pytest.mark.parametrize("part", SHAPES)
def test_a_part_is_heard_unless_its_piece_is_withheld(part):
    made, values = encoder(*SHAPES), told(*SHAPES)
    other = values | {part: told(part, seed=1)[part]}
    assert not equal(made(values), made(other))
    withheld = torch.tensor([name == PIECES[part] for name in made.pieces]).expand(3, -1)
    assert equal(made(values, withheld), made(other, withheld))
    assert not equal(made(values, withheld), made(values))
    assert equal(made(values, torch.zeros_like(withheld)), made(values))


def test_nothing_is_the_same_for_all_and_told_by_no_part():
    made = encoder(*SHAPES)
    nothing = made.nothing(told(*SHAPES))
    assert equal(nothing, made.nothing(told(*SHAPES, seed=1)))
    assert torch.equal(nothing.vector[0], nothing.vector[1])
    assert not nothing.picture.any()
    assert nothing.vector.shape == (3, made.dim)


def test_each_clip_has_its_own_row():
    made, values = encoder(*SHAPES), told(*SHAPES, clips=4)
    rows = torch.tensor([2, 0])
    torch.testing.assert_close(
        made({name: part[rows] for name, part in values.items()}).vector, made(values)[rows].vector
    )
    both = joined(made(values), made.nothing(values))
    assert torch.equal(both[torch.arange(4)].vector, made(values).vector) and len(both.picture) == 8


def test_a_latent_may_stand_for_the_physics():
    made, values = encoder("visual", "modes", "residual"), told("visual", "modes", "residual")
    latent = made.latent(values)
    assert latent.shape == (3, 256) and latent.abs().max() < 1
    assert equal(made({"visual": values["visual"], "physics": latent}), made(values))
    with pytest.raises(ValueError, match="without physics"):
        encoder("visual").latent(told("visual"))


def test_parts_are_standardised_by_the_training_set():
    made, values = encoder("visual", "rendered"), told("visual", "rendered", clips=50)
    values["visual"][:, 3] = 2.0  # a feature that never varies
    before = made(values).vector
    made.standardise(values)
    scaled = values | {"visual": values["visual"] * made.embed["visual"].std + made.embed["visual"].mean}
    torch.testing.assert_close(made(scaled).vector, before, rtol=1e-4, atol=1e-4)
    picture = made(values).picture
    assert picture.mean().abs() < 1e-5 and abs(picture.std() - 1) < 1e-4
    assert {"embed.visual.mean", "picture_std"} <= made.state_dict().keys()


def test_what_is_missing_or_of_another_shape_is_named():
    made = encoder("visual", "modes", "residual")
    values = told("visual", "modes", "residual")
    with pytest.raises(InputError, match="residual, and is not"):
        made({"visual": values["visual"], "modes": values["modes"]})
    with pytest.raises(InputError, match=r"visual has the shape \(5,\).*\(12,\)"):
        made(values | {"visual": torch.zeros(3, 5)})


@pytest.mark.parametrize("physics", ["energies", "slots"])
def test_the_residual_may_be_told_without_the_modes(physics):
    made = ConditionEncoder({"residual": [3, 4]}, physics)
    values = told("residual")
    made.standardise(values)
    assert made(values).vector.isfinite().all() and made.pieces == ("physics",)
    assert not equal(made(values), made(told("residual", seed=1)))
