"""A mistake in the config is one line that names the key."""

from pathlib import Path

import pytest
import yaml

from impactsound.errors import InputError
from impactsound.settings import check

ROOT = Path(__file__).parents[1]
SCHEMA = ROOT / "schemas" / "config.schema.yaml"


def merged(overlay=None):
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    update(config, overlay or {})
    return config


def update(config, overlay):
    for key, value in overlay.items():
        if isinstance(value, dict):
            update(config.setdefault(key, {}), value)
        else:
            config[key] = value


@pytest.mark.parametrize("path", [None, *sorted((ROOT / "configs").glob("*.yaml"))])
def test_what_is_shipped_is_valid(path):
    check(merged(yaml.safe_load(path.read_text()) if path else None), SCHEMA)


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ({"sampling": {"step": 20}}, "unknown key 'sampling.step'; did you mean 'steps'?"),
        ({"sampels": 1}, "unknown key 'sampels'"),
        ({"clip": {"hop": "many"}}, "clip.hop = 'many'"),
        ({"clip": {"hop": 0}}, "clip.hop = 0"),
        ({"corpus": {"kind": "my videos"}}, "corpus.kind = 'my videos'"),
        ({"corpus": {"name": "footage"}}, "corpus.name = 'footage' is reserved"),
        ({"corpus": {"name": "../elsewhere"}}, "corpus.name"),
        ({"corpus": {"kind": "folder"}}, "corpus.directory = None"),
        ({"vision": {"training": {"ema": 1.5}}}, "vision.training.ema = 1.5"),
    ],
)
def test_a_mistake_is_one_line_naming_the_key(overlay, said):
    with pytest.raises(InputError) as caught:
        check(merged(overlay), SCHEMA)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_key_is_named():
    config = merged()
    del config["clip"]["hop"]
    with pytest.raises(InputError, match=r"key 'clip\.hop' is missing"):
        check(config, SCHEMA)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_named(value):
    with pytest.raises(InputError, match=r"vision\.training\.learning_rate = (nan|inf): give a finite number"):
        check(merged({"vision": {"training": {"learning_rate": value}}}), SCHEMA)


def test_aliases_make_no_config_endless():
    itself = yaml.safe_load("corpus: &a {name: *a}")
    bomb = yaml.safe_load("".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9 if n else '1'}]\n" for n in range(12)))
    for config in (itself, bomb):
        with pytest.raises(InputError, match="has too many values"):
            check({**merged(), **config}, SCHEMA)


def test_a_key_on_two_lines_is_said_on_one_and_a_list_is_no_config():
    with pytest.raises(InputError) as caught:
        check(merged({"ablations": {"a\nb": 3}}), SCHEMA)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match=r"config: is \['a'\]; write keys and values"):
        check(["a"], SCHEMA)
