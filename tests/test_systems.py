"""The table of systems is read as it is meant, and a row that cannot be is named."""

from pathlib import Path

import pytest
import yaml

from impactsound.diffusion.condition import PARTS
from impactsound.errors import InputError
from impactsound.systems import FROM_SOUND, read_systems, settings_of

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


def test_what_is_taken_from_a_sound_is_what_a_condition_can_be_told():
    assert set(PARTS) > FROM_SOUND


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"makes": "copy"}, "needs `of`"),
        ({"makes": "perceptron", "told": ["visual"]}, "makes = .perceptron. is unknown; known are copy, .*transformer"),
        ({"makes": "diffusion", "told": ["visual"], "settings": {"training": {}}}, "has settings of its own"),
        ({"network": "physics", "of": "own", "settings": {"training": {}}}, "has settings of its own"),
        ({"makes": "copy", "told": ["visual"], "of": "own"}, "copies or renders"),
        ({"makes": "diffusion"}, "needs `told`"),
        ({"makes": "diffusion", "told": ["visual", "mfcc"]}, "needs `of`"),
        ({"makes": "convnet", "told": ["modes", "rendered"], "of": "own"}, "only diffusion"),
        ({"network": "none", "of": "own"}, "no system with a network of its own"),
        ({"network": "other", "of": "own"}, "no system with a network of its own"),
        ({"network": "wrong", "of": "own"}, "no system with a network of its own"),
        ({"makes": "diffusion", "told": ["visual", "mfcc"], "of": "regressed"}, "regressed physics"),
    ],
)
def test_a_row_that_cannot_be_is_named(row, fault):
    table = {"physics": PHYSICS, "other": {"network": "physics", "of": "own"}, "wrong": row}
    with pytest.raises(InputError, match=rf"systems\.wrong.*{fault}"):
        read_systems(table)


def test_a_network_is_found_by_what_its_system_makes():
    table = {
        "a": {"makes": "convnet", "told": ["visual", "modes"], "of": "matched"},
        "b": {"network": "a", "of": "own"},
    }
    systems = read_systems(table | {"physics": PHYSICS, "real": {"makes": "copy", "of": "own"}})
    assert systems["a"].modules == systems["b"].modules == ("impactsound.diffusion.networks.convnet",)
    assert systems["physics"].modules == systems["real"].modules == ()


def test_a_networks_settings_are_its_rows_or_those_of_its_kind():
    own = {"width": 8, "training": {"steps": 1}}
    table = {name: {"makes": "convnet", "told": ["visual"]} for name in ("small", "usual")}
    table["small"]["settings"] = own
    config = {"systems": table, "convnet": {"width": 48}}
    assert settings_of("small", config) == own and settings_of("usual", config) == {"width": 48}
    with pytest.raises(InputError, match=r"systems\.usual needs `settings`, since no section .* 'convnet'"):
        settings_of("usual", {"systems": table})
