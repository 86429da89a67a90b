"""A variant makes anew what its settings change and what follows, and shares the rest with its corpus."""

from pathlib import Path

import pytest
import yaml

from impactsound.errors import InputError
from impactsound.variants import STAGES, Variants

CONFIG = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text())
FILES = {"splits": "splits/train.csv", "residual": "residual/model.safetensors", "vision": "vision/model.safetensors"}
FILES |= {"onset": "onset/model.safetensors"}
FILES |= {"networks": "networks/physics/0/model.safetensors", "generated": "generated/physics/0.h5"}


def own(**changes) -> set[str]:
    """The stages that a variant with these changes has of its own."""
    variants = Variants(CONFIG | {"variants": {"other": changes}})
    folder = variants.folder("other")
    return {stage for stage in STAGES if variants.home(folder, FILES.get(stage, stage)) == folder}


@pytest.mark.parametrize(
    ("changes", "stages"),
    [
        ({"sampling": {"guidance": 1.0}}, {"generated"}),
        ({"bank": {"distance": "l1"}}, {"matches.h5", "generated"}),
        ({"residual": {"bands": 3}}, {"residual", "residual.h5", "rendered.h5", "networks", "generated"}),
        ({"diffusion": {"sketch": 0}}, {"networks", "generated"}),
        ({"recording": {"snr": 9.0}}, set(STAGES) - {"splits", "vision", "visual.h5", "onset"}),
        ({"left_out": {"materials": ["wood"]}}, set(STAGES) - {"disturbed.h5", "modes.h5", "slots.h5", "features.h5"}),
    ],
)
def test_what_follows_a_change_is_the_variants_own(changes, stages):
    assert own(**changes) == stages


def test_what_no_stage_changes_is_the_corpuss():
    variants = Variants(CONFIG)
    for folder in ("simulated", variants.folder("snr_5")):
        assert {variants.home(folder, file) for file in ("manifest.csv", "clips.h5", "classifier")} == {"simulated"}


def test_single_keys_are_replaced_at_any_depth():
    changes = {"residual": {"bands": 3, "training": {"steps": 7}}}
    variants = Variants(CONFIG | {"variants": {"other": changes}})
    found = variants.settings(variants.folder("other"))["residual"]
    wanted = CONFIG["residual"] | {"bands": 3, "training": CONFIG["residual"]["training"] | {"steps": 7}}
    assert found == wanted
    assert variants.settings("simulated") == variants.config


def test_recordings_are_disturbed_where_a_variant_says_so():
    variants = Variants(CONFIG)
    assert variants.disturbed(variants.folder("room"))
    assert not variants.disturbed("simulated") and not variants.disturbed(variants.folder("guidance_1"))


def test_a_section_that_cannot_vary_and_an_unknown_variant_are_named():
    with pytest.raises(InputError, match=r"variants\.other\.clip cannot vary; bank, "):
        Variants(CONFIG | {"variants": {"other": {"clip": {"hop": 64}}}})
    with pytest.raises(InputError, match="no variant 'nothing'"):
        Variants(CONFIG).folder("nothing")
