"""Parts are found by the names of their files; what there is not is one line with what there is."""

import subprocess
import sys
from pathlib import Path

import pytest

from impactsound import plugins
from impactsound.errors import InputError

PACKAGES = {
    plugins.CORPORA: ("find_videos", {"simulated", "greatest_hits", "folder"}),
    plugins.NETWORKS: ("Network", {"convnet", "transformer"}),
    plugins.MEASURES: ("measure", {"envelope_distance"}),
}
MADE = "impactsound.made"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of two parts, and of what is none."""
    folder = tmp_path / "impactsound" / "made"
    folder.mkdir(parents=True)
    for name, text in {"__init__": "", "one": "thing = 1\n", "_help": "", "empty": ""}.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "notes.txt").write_text("")
    monkeypatch.setattr(plugins, "__file__", str(folder.parent / "plugins.py"))
    monkeypatch.setattr("impactsound.__path__", [str(folder.parent)])
    yield folder
    for name in [name for name in sys.modules if name.startswith(MADE)]:
        del sys.modules[name]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_part_has_what_it_is_there_for(package):
    what, known = PACKAGES[package]
    assert set(plugins.names(package)) >= known
    for name in plugins.names(package):
        assert callable(plugins.load(package, name, "key", what))


def test_modules_are_parts_and_their_help_is_none(package):
    assert plugins.names(MADE) == ["empty", "one"]
    assert plugins.load(MADE, "one", "some.key", "thing") == 1


def test_a_part_is_there_as_soon_as_its_file_is(package):
    (package / "new.py").write_text("thing = 2\n")
    assert plugins.module(MADE, "new", "some.key") == f"{MADE}.new"
    assert plugins.load(MADE, "new", "some.key", "thing") == 2


@pytest.mark.parametrize("name", ["other", "_help", "", "one.two", "../one", "__init__"])
def test_what_there_is_not_is_refused_with_what_there_is(package, name):
    with pytest.raises(InputError) as caught:
        plugins.module(MADE, name, "some.key", ("built_in",))
    assert str(caught.value).startswith(f"config: some.key = {name!r} is unknown; known are built_in, empty, one; ")
    assert "\n" not in str(caught.value)


def test_a_part_that_lacks_what_it_is_there_for_is_named(package):
    with pytest.raises(InputError, match=r"empty\.py: has no 'thing', which some\.key needs"):
        plugins.load(MADE, "empty", "some.key", "thing")


def test_nothing_is_imported_to_know_what_there_is():
    """A DAG is built without torch and pandas."""
    root = Path(plugins.__file__).parents[1]
    code = (
        "import sys; from impactsound import plugins, systems; "
        f"[plugins.names(package) for package in {list(PACKAGES)}]; "
        "systems.read_systems({'a': {'makes': 'convnet', 'told': ['visual']}}); "
        "assert not {'torch', 'pandas', 'numpy'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
