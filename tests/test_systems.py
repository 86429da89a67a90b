"""The table of systems is read as it is meant, and a row that cannot be is named."""

from pathlib import Path

import pytest
import yaml

from impactsound.diffusion.build import KINDS
from impactsound.diffusion.condition import PARTS
from impactsound.errors import InputError
from impactsound.systems import FROM_SOUND, GENERATORS, read_systems

CONFIG = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
PHYSICS = {"makes": "diffusion", "told": ["visual", "modes", "residual"], "of": "matched"}


def test_the_default_table_has_a_row_for_every_comparison():
    systems = read_systems(CONFIG["systems"])
    assert {"real", "retrieval", "modal", "convnet", "transformer", "video", "physics", "physics_render"} <= set(
        systems
    )
    assert systems["physics_oracle"].network == systems["physics_regressed"].network == "physics"
    assert systems["physics_oracle"].told == systems["physics"].told
    assert [name for name, system in systems.items() if not system.trained] == ["real", "retrieval", "modal"]
    assert systems["physics"].physical and not systems["physics_regressed"].physical and not systems["video"].physical


def test_names_agree_with_the_generators():
    assert set(GENERATORS) == set(KINDS)
    assert set(PARTS) > FROM_SOUND


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"makes": "copy"}, "needs `of`"),
        ({"makes": "copy", "told": ["visual"], "of": "own"}, "copies or renders"),
        ({"makes": "diffusion"}, "needs `told`"),
        ({"makes": "diffusion", "told": ["visual", "mfcc"]}, "needs `of`"),
        ({"makes": "convnet", "told": ["modes", "rendered"], "of": "own"}, "only diffusion"),
        ({"network": "none", "of": "own"}, "no system with a network of its own"),
        ({"network": "other", "of": "own"}, "no system with a network of its own"),
        ({"makes": "diffusion", "told": ["visual", "mfcc"], "of": "regressed"}, "regressed physics"),
    ],
)
def test_a_row_that_cannot_be_is_named(row, fault):
    table = {"physics": PHYSICS, "other": {"network": "physics", "of": "own"}, "wrong": row}
    with pytest.raises(InputError, match=rf"systems\.wrong.*{fault}"):
        read_systems(table)
