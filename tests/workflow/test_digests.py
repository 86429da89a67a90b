"""Which code each rule's digest takes in, over the whole workflow; read off the imports, no Snakemake run.

Whether it is what one expects is judged by the order of the package's folders, by those that each stage reaches, by
the rules of a few modules, and by an oracle that finds imports in bytecode.
"""

import functools
import re
import shutil
from collections import defaultdict
from modulefinder import ModuleFinder
from pathlib import Path

import pytest

from impactsound import digest, physics, plugins

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "workflow_scripts"
# The package's folders: each imports from those before it alone, and what lies beside them from none
ORDER = [
    *("training", "vocoder", "media", "physics", "corpus", "vision", "diffusion", "retrieval"),
    *("evaluation", "onset", "dubbing", "studio", "commands"),
]
# The folders that a stage, a file of rules, reaches
STAGES = {
    "download": "corpus",
    "corpus": "media physics corpus",
    "shards": "",
    "media": "media corpus",
    "physics": "training vocoder physics corpus",
    "features": "vocoder media",
    "vision": "training media corpus vision",
    "bank": "training vocoder physics corpus diffusion retrieval evaluation",
    "diffusion": "training vocoder physics corpus diffusion retrieval",
    "generate": "training vocoder media physics corpus diffusion retrieval",
    "vocoder": "vocoder physics corpus retrieval evaluation",
    "evaluate": "training vocoder media physics corpus diffusion retrieval evaluation",
    "editing": "vocoder physics corpus diffusion retrieval evaluation",
    "figures": "corpus retrieval evaluation",
    "listening": "media physics corpus evaluation",
    "report": "physics evaluation",
    "onset": "training media corpus vision evaluation onset",
    "model": "vocoder media physics corpus vision diffusion retrieval dubbing",
    "dub": "vocoder media physics corpus vision diffusion retrieval onset dubbing",
    "timing": "evaluation",
}
TRAININGS = "residual_training vision_training onset_training embedding_training network_training regressor_training"
GENERATORS = (
    "network_training regressor_training generated_sounds sampling_table matching_table editing_table model dubbed"
)
# The rules that an edit of a file makes run again, besides what is made from what they make
EDITED = {
    # the last three read what two of them write
    "training/loop.py": f"{TRAININGS} classifier_training embedding generated_sounds matching_table",
    "corpus/simulated.py": "simulate",
    "corpus/manifest.py": "manifest",
    "media/ffmpeg.py": "simulate manifest clips visual vision_training onset_features onset_training onset_table "
    "dubbed",
    "media/extract.py": "clips vision_training visual",
    "shards.py": "clips disturbed modes residual visual onset_features",
    "physics/estimate.py": "modes heard_modes_table",
    "physics/residual_encoder.py": "residual_training residual physics_table editing_table model dubbed",
    "vision/tsm.py": "vision_training visual onset_features onset_training onset_table model dubbed",
    "diffusion/unet.py": GENERATORS,
    "diffusion/sampler.py": "generated_sounds sampling_table editing_table model dubbed",
    "diffusion/edited.py": "editing_table dubbed",
    "vocoder/griffin_lim.py": "generated_sounds sampling_table editing_table vocoder_table dubbed",
    "evaluation/metrics.py": "comparison ablation sampling_table unseen_table",
    "evaluation/tables.py": "table_formats report",
    "evaluation/report.html.j2": "report",
}
RULE = re.compile(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
IMPORT = re.compile(r"^(?:from impactsound\S* import|import impactsound).*", re.MULTILINE)


@functools.cache
def rules() -> dict[str, tuple[str, str]]:
    """Of every rule its file and what it says."""
    files = sorted((ROOT / "rules").glob("*.smk"))
    return {name: (path.stem, body) for path in files for name, body in RULE.findall(path.read_text())}


def script(rule: str) -> str:
    """The script that a rule runs, as in `modes.py`."""
    return re.search(r'"\.\./workflow_scripts/(\w+\.py)"', rules()[rule][1])[1]


@functools.cache
def reached(rule: str) -> frozenset[str]:
    """The files that a rule's digest takes in, as in `physics/estimate.py`; its script has no folder."""
    return frozenset(map(name, digest.reached(SCRIPTS / script(rule), SCRIPTS)))


def name(path: Path) -> str:
    return path.relative_to(SCRIPTS).as_posix().removeprefix("impactsound/")


def package(root: Path = SCRIPTS) -> list[Path]:
    """All files of the package: modules, and the templates that lie beside them."""
    return sorted(path for kind in ("*.py", "*.j2") for path in (root / "impactsound").rglob(kind))


def folder(module: str) -> str:
    """The package's folder that a module lies in, "" for what lies beside the folders."""
    return next((one for one in module.split(".")[1:2] if one in ORDER), "")


class Imports(ModuleFinder):
    """What each module imports, after its bytecode."""

    def __init__(self):
        super().__init__(path=[str(SCRIPTS)])
        self.edges = defaultdict(set)

    def import_hook(self, name, caller=None, fromlist=None, level=-1):
        if caller:
            self.edges[caller.__name__] |= {name, *(f"{name}.{one}" for one in fromlist or ())}
        return super().import_hook(name, caller, fromlist, level)

    def reached(self, module: str) -> set[str]:
        """The module, those that it imports, directly or not, and the packages that they lie in."""
        found, todo = set(), [module]
        while todo:
            one = todo.pop()
            if one in self.modules and self.modules[one].__file__ and one not in found:
                found.add(one)
                todo += [*self.edges[one], one.rpartition(".")[0]]
        return found


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(SCRIPTS).with_suffix("").parts).removesuffix(".__init__")


@pytest.fixture(scope="module")
def imports() -> Imports:
    found = Imports()
    for path in package():
        if path.suffix == ".py":
            found.import_hook(dotted(path))
    for rule in rules():
        found.load_file(str(SCRIPTS / script(rule)))
    return found


def test_every_rule_takes_the_digest_of_the_script_that_it_runs():
    assert len(rules()) > 40
    for rule, (_, body) in rules().items():
        assert [f"{one}.py" for one in re.findall(r'code=\w*code\("(\w+)"', body)] == [script(rule)], rule


def test_a_digest_takes_in_what_the_bytecode_imports(imports):
    for rule in rules():
        path = SCRIPTS / script(rule)
        modules = {dotted(file) for file in digest.reached(path, SCRIPTS) if file.suffix == ".py"}
        assert modules == imports.reached(path.stem), rule


def test_a_folder_imports_from_those_before_it_alone(imports):
    assert {folder(dotted(path)) for path in package()} == {"", *ORDER}
    for module, names in imports.edges.items():
        if module.startswith("impactsound."):
            own = folder(module)
            others = {folder(one) for one in names if one in imports.modules} - {"", own}
            assert others <= set(ORDER[: ORDER.index(own)] if own else ()), module


def test_a_stage_reaches_these_folders_alone():
    found = defaultdict(set)
    for rule, (stage, _) in rules().items():
        found[stage] |= {file.split("/")[0] for file in reached(rule) if "/" in file}
    assert {stage: " ".join(sorted(folders, key=ORDER.index)) for stage, folders in found.items()} == STAGES


@pytest.mark.parametrize("file", EDITED)
def test_a_file_is_in_the_digests_of_these_rules(file):
    assert {rule for rule in rules() if file in reached(rule)} == set(EDITED[file].split())


def test_nothing_is_left_that_neither_a_rule_nor_a_user_runs(tmp_path):
    """By a script, by the rules' own code, the command, a benchmark, the config, or a name of `impactsound.physics`."""
    places = [*(ROOT / "rules").glob("*.smk"), *(ROOT / "benchmarks").glob("*.py")]
    lines = [line for path in places for line in IMPORT.findall(path.read_text())]
    lines += [f"import impactsound.physics.{module}" for module in set(physics._HOME.values())]
    lines += [f"import {package}.{part}" for package in plugins.PACKAGES for part in plugins.names(package)]
    entry = tmp_path / "entry.py"
    entry.write_text("\n".join([*lines, "import impactsound.commands"]))
    run = digest.reached(entry, SCRIPTS).union(*(digest.reached(SCRIPTS / script(one), SCRIPTS) for one in rules()))
    assert {name(path) for path in package()} - {name(path) for path in run - {entry}} == set()
    assert {path.name for path in SCRIPTS.glob("*.py")} == set(map(script, rules()))


def test_a_digest_changes_with_a_file_just_where_that_is_reached(tmp_path, monkeypatch):
    root, parsed = tmp_path / "workflow_scripts", digest._parsed.__wrapped__
    shutil.copytree(SCRIPTS, root, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))

    class Known(dict):
        def __missing__(self, path):
            self[path] = parsed(path)
            return self[path]

    known = Known()
    monkeypatch.setattr(digest, "_parsed", known.__getitem__)
    monkeypatch.setattr(digest, "_files", functools.cache(digest._files))  # none comes or goes
    scripts = {rule: root / script(rule) for rule in rules()}
    before = {rule: digest.code_digest(path) for rule, path in scripts.items()}
    for path in package(root):
        text = path.read_bytes()
        path.write_bytes(text + b"\n# edited\n")
        known.pop(path, None)
        changed = {rule for rule, one in scripts.items() if digest.code_digest(one) != before[rule]}
        file = path.relative_to(root / "impactsound").as_posix()
        assert changed == {rule for rule in rules() if file in reached(rule)}, file
        path.write_bytes(text)
        known.pop(path, None)
