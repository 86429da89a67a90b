"""Overlays of the config: fitting, or refused with the key, before a DAG is built."""

import copy
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import given

from fuzz.contract import LEDGER, LIMIT, OK, REFUSED, here
from fuzz.strategies import damaged, examples, mutated
from impactsound.errors import InputError
from impactsound.settings import check
from impactsound.systems import read_systems
from impactsound.variants import Variants
from workflow.conftest import SNAKEMAKE, Project, copied

pytestmark = pytest.mark.fuzz

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "config.schema.yaml"
DRY = "configs, by a dry run of Snakemake"


def merged(config: dict, overlay: dict) -> dict:
    """As Snakemake merges configs."""
    for key, value in overlay.items():
        if isinstance(value, dict) and isinstance(config.get(key), dict):
            merged(config[key], value)
        else:
            config[key] = value
    return config


DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
TINY = (ROOT / "configs" / "tiny.yaml").read_text(encoding="utf-8")
CONFIG = merged(copy.deepcopy(DEFAULT), yaml.safe_load(TINY))
CONFIG = merged(CONFIG, {"variants": {"plain": {"bank": {"distance": "l1"}, "recording": {"snr": 20}}}})
KEYS = ["network", "of", "told", "makes", "weights", "larger_than", "t60", "training", "plain", *CONFIG]
BOMB = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9 if n else ['1'] * 9)}]\n" for n in range(12))
YAML = {
    "a bomb of aliases": BOMB,
    "one in an open place": BOMB + "variants: {big: {bank: {distance: *a11}}}\n",
    "an alias within itself": "corpus: &a {name: *a}\n",
    "a list": "- 1\n",
    "nothing": "",
    "a word": "x",
    "an object of Python": "corpus: !!python/object/apply:os.system ['touch pwned']\n",
    "a date": "seed: 2020-01-01\n",
    "a set": "seeds: !!set {1}\n",
    "bytes": "footage: !!binary aGk=\n",
    "a key that is none": "? [a]\n: 1\n",
    "no number": "vision: {training: {learning_rate: .nan}}\nclip: {duration: .inf}\n",
    "a path": "corpus: {name: ../elsewhere}\n",
    "a newline": 'corpus: {name: "mine\\n"}\n',
    "an unknown key of a variant": "variants: {x: {bank: {distanc: l1}}}\n",
    "a system that is its own network": "systems: {mine: {network: mine, of: own}}\n",
    "a long name": f"corpus: {{kind: folder, directory: {'d' * 5000}}}\n",
    "a long footage": f"footage: {'f' * 5000}\n",
    "deep": "a: " + "[" * 400 + "]" * 400 + "\n",
}


def checked(config: object) -> None:
    """What the workflow does with a config before it looks at files."""
    check(config, SCHEMA)
    read_systems(config["systems"])
    variants = Variants(config)
    for variant in variants.names:
        check(variants.settings(variants.folder(variant)), SCHEMA, f"config: variants.{variant}")


@given(config=mutated(CONFIG, KEYS))
@examples(250)
def test_configs(ground, config):
    ground.tried("configs", lambda: checked(config), "config", how=here)


@given(content=damaged(TINY.encode()))
@examples(200)
def test_overlays_of_which_the_text_is_damaged(ground, content):
    try:
        overlay = yaml.safe_load(content)
    except (yaml.YAMLError, ValueError):
        return
    config = merged(copy.deepcopy(DEFAULT), overlay) if isinstance(overlay, dict) else overlay
    ground.tried("configs", lambda: checked(config), "config", how=here)


def test_yaml_that_would_not_end(ground):
    for name, text in YAML.items():
        try:
            overlay = yaml.safe_load(text)
        except (yaml.YAMLError, RecursionError):
            continue
        config = {**DEFAULT, **overlay} if isinstance(overlay, dict) else overlay
        assert not ground.tried("configs", lambda config=config: checked(config), "config") or name == "a long footage"


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """A copy of the workflow, in which nothing is run."""
    return copied(tmp_path_factory.mktemp("project") / "workflow")


def dry_run(project: Project, text: str, *targets: str) -> None:
    """What the real Snakemake says of an overlay: no traceback, and nothing is made."""
    if LEDGER.over(DRY):
        return
    (project.root / "hostile.yaml").write_text(text, encoding="utf-8")
    before = made(project)
    done = subprocess.run(
        [*SNAKEMAKE, *targets, "--dry-run", "--cores", "2", "--configfile", "configs/tiny.yaml", "hostile.yaml"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(project.root / "workflow_scripts")},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    output = done.stdout + done.stderr
    assert "Traceback" not in output and done.returncode in (0, 1), output[-3000:]
    assert made(project) == before
    LEDGER.calls[DRY, REFUSED if done.returncode else OK] += 1


def made(project: Project) -> set[Path]:
    """All that lies in a project, but for what Python and Snakemake keep of their own."""
    return {path for path in project.root.rglob("*") if not {".snakemake", "__pycache__"} & set(path.parts)}


@given(config=mutated(CONFIG, KEYS))
@examples(10)
def test_dry_runs(project, config):
    dry_run(project, yaml.safe_dump(config))


@pytest.mark.parametrize("name", ["an object of Python", "a list", "a path", "no number", "a long name", "a date"])
def test_dry_runs_of_what_is_hostile(project, name):
    dry_run(project, YAML[name])


def test_a_config_that_fits_is_taken(ground):
    assert ground.tried("configs", lambda: checked(CONFIG))
    with pytest.raises(InputError):
        checked({**CONFIG, "seed": None})
