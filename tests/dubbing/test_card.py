"""A packed model is the same model, with a card that says what is known of it."""

import re

import pytest

from impactsound.dubbing.card import card, pack
from impactsound.dubbing.model import Model
from impactsound.errors import InputError

COMPARISON = """system,fid,kid,kid_low,kid_high,n,seeds
real,0.0,0.0,0.0,0.0,150,1
physics,9.0,0.09,0.05,0.2,150,1
physics_render,3.21,0.0312,0.01,0.05,150,1
"""


@pytest.fixture
def results(tmp_path):
    """The folder of a corpus with one table."""
    (tmp_path / "results" / "tables").mkdir(parents=True)
    (tmp_path / "results" / "tables" / "comparison.csv").write_text(COMPARISON)
    return tmp_path / "results"


def test_a_packed_model_is_the_same_and_can_be_read_where_it_was_never_trained(tiny_model, model, results, tmp_path):
    pack(tiny_model, results, tmp_path / "packed")
    assert Model.load(tmp_path / "packed").id == model.id
    names = {path.name for path in (tmp_path / "packed").iterdir()}
    assert names == {path.name for path in tiny_model.iterdir()} | {"README.md"}


def test_a_card_has_the_models_rows_beside_the_real_sounds(tiny_model, results):
    text = card(tiny_model, results, "mine")
    assert "0.0312 [0.01, 0.05]" in text and "| real" in text and "| physics " not in text
    assert "--model mine" in text and "glass, wood, metal" in text and "12 impacts" in text
    assert "MIT" in text and "terms of the corpus" in text and "| simulated" not in text
    files = re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE)
    assert set(files) == {path.name for path in tiny_model.iterdir()}
    assert not re.search(r"\n\n\n|{{|{%", text)


def test_a_card_says_when_nothing_is_known(tiny_model, tiny_modal, tmp_path):
    for results in (None, tmp_path):
        assert "nothing is known of how good it is" in card(tiny_model, results, "mine")
    assert "network.safetensors" not in card(tiny_modal, None, "mine") and "| sampling" not in card(
        tiny_modal, None, "x"
    )


def test_nothing_is_overwritten_and_only_models_are_packed(tiny_model, tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="there: is there already"):
        pack(tiny_model, None, tmp_path / "there")
    with pytest.raises(InputError, match="not a model directory"):
        pack(tmp_path, None, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_what_is_damaged_or_no_model_is_not_given_away(tiny_model, tmp_path):
    import shutil

    copy = shutil.copytree(tiny_model, tmp_path / "model")
    (tmp_path / "secret").write_text("mine")
    for content in ((copy / "network.safetensors").read_bytes()[:-1], None):
        (copy / "network.safetensors").unlink()
        if content is None:
            (copy / "network.safetensors").symlink_to(tmp_path / "secret")
        else:
            (copy / "network.safetensors").write_bytes(content)
        with pytest.raises(InputError, match=r"network\.safetensors"):
            pack(copy, None, tmp_path / "packed")
        assert not (tmp_path / "packed").exists()
