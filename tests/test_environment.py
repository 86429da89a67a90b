"""The conda environment, the pinned requirements and what the code imports agree."""

import ast
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
NAMES = {
    "faiss": "faiss-cpu",
    "ffmpeg": "ffmpeg-python",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "lightning_fabric": "lightning-fabric",
    "PIL": "pillow",
    "yaml": "pyyaml",
}


def pins(lines):
    """Versions by name, as the index spells it."""
    found = (re.match(r"([\w.-]+)==([\w.+]+)", line) for line in lines)
    return {match[1].lower().replace("_", "-"): match[2] for match in found if match}


def requirements():
    return (ROOT / "requirements.txt").read_text().splitlines()


def conda():
    environment = yaml.safe_load((ROOT / "envs" / "impactsound.yaml").read_text())
    return pins(next(part["pip"] for part in environment["dependencies"] if isinstance(part, dict)))


def imported():
    """Top-level modules that scripts and package import, under the names of their distributions."""
    names = set()
    for path in (ROOT / "workflow_scripts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module.split(".")[0])
    own = {"impactsound", *sys.stdlib_module_names}
    return {NAMES.get(name, name).lower().replace("_", "-") for name in names - own}


def test_every_requirement_is_pinned_with_hashes_and_none_names_a_place():
    text = (ROOT / "requirements.txt").read_text()
    entries = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    assert len(entries) == len(pins(requirements())) > 100
    assert all(re.search(r"==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert "://" not in text


def test_the_conda_environment_has_the_same_versions():
    pinned = pins(requirements())
    assert {name: pinned.get(name) for name in conda()} == conda()


def test_what_is_imported_is_in_both():
    assert imported() <= set(conda())
