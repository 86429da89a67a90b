"""What docs/extending.md says: a corpus, a system and a metric are a new file and an entry of the config each."""

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"```(python|yaml)\n(.*?)```", re.DOTALL)
PLACE = re.compile(r"`(workflow_scripts/impactsound/\S+\.py)`")
SHORT = {"steps": 4, "batch": 4, "learning_rate": 1e-3, "warmup": 2, "ema": 0.0, "validate_every": 2}
COMPARED = ["real", "video", "perceptron"]
FOLLOWING = {"confusion_figure", "panels", "training_curves", "table_formats", "report"}


@dataclass(frozen=True)
class Example:
    """What a chapter of the page adds: the text of a file, where it belongs, and an entry of the config."""

    place: str
    text: str
    entry: dict

    def add(self, project) -> Path:
        """Write the file."""
        path = project.root / self.place
        assert not path.exists()
        path.write_text(self.text)
        return path


def example(chapter: str) -> Example:
    """The complete example of a chapter."""
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    (text,) = re.findall(rf"^## {chapter}$(.*?)(?=^## )", page, re.DOTALL | re.MULTILINE)
    blocks = dict(BLOCK.findall(text))
    return Example(PLACE.search(text)[1], blocks["python"], yaml.safe_load(blocks["yaml"]))


CORPUS, SYSTEM, METRIC = map(example, ("A corpus", "A system", "A metric"))


def settings() -> dict:
    """The entries of a system and a metric, as short as the tiny corpus; few systems are compared."""
    (row,) = SYSTEM.entry["systems"].values()
    row = row | {"settings": row["settings"] | {"training": SHORT}}
    compared = {"systems": COMPARED, "reference": "video", **METRIC.entry["evaluation"]}
    return {"systems": {"perceptron": row}, "evaluation": compared}


def recordings(project, materials: list[str]) -> pd.DataFrame:
    """A folder of some of the tiny corpus's videos with one table of their impacts; returns their manifest's rows."""
    results, folder = project.root / "results" / "tiny", project.root / "recordings"
    manifest = pd.read_csv(results / "manifest.csv")
    names = manifest.loc[manifest["material"].isin(materials), "video"].unique()[:4]
    folder.mkdir()
    for name in names:
        for suffix in (".mp4", ".wav"):
            shutil.copy(results / "videos" / f"{name}_denoised{suffix}", folder / f"{name}{suffix}")
    rows = manifest[manifest["video"].isin(names)].reset_index(drop=True)
    rows[["video", "onset", "material"]].to_csv(folder / "impacts.csv", index=False)
    return rows


@pytest.fixture(scope="module")
def project(finished, tmp_path_factory):
    """A finished project to which things are added."""
    root = tmp_path_factory.mktemp("extended") / "project"
    shutil.copytree(finished.root, root, symlinks=True)
    return replace(finished, root=root)


@pytest.fixture(scope="module")
def extended(project):
    """The same with the system and the metric of the page, and its comparison."""
    SYSTEM.add(project)
    METRIC.add(project)
    assert project.would_run() == set()  # a file alone changes nothing
    ran = project.would_run(settings=settings())
    assert ran == {"network_training", "generated_sounds", "comparison"} | FOLLOWING
    done = project.snakemake("results/tiny/tables/comparison.csv", settings=settings())
    assert done.returncode == 0, done.stdout + done.stderr
    return project


def test_a_corpus_is_a_file_and_an_entry(project):
    CORPUS.add(project)
    rows = recordings(project, CORPUS.entry["corpus"]["materials"])
    done = project.snakemake("results/mine/clips.h5", settings=CORPUS.entry)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project.root / "results" / "mine" / "clips.h5").is_file()
    found = pd.read_csv(project.root / "results" / "mine" / "manifest.csv")
    same = ["video", "onset", "material", "action"]
    pd.testing.assert_frame_equal(found[same], rows[same])
    assert set(found["split"]) >= {"train", "test"}


def test_a_system_is_a_file_and_a_row(extended):
    table = pd.read_csv(extended.root / "results" / "tiny" / "tables" / "comparison.csv").set_index("system")
    assert table.index.tolist() == COMPARED
    assert table.loc["perceptron"].drop(list(table.filter(like="_std"))).notna().all()
    history = pd.read_csv(extended.root / "results" / "tiny" / "networks" / "perceptron" / "0" / "history.csv")
    assert history["step"].max() == SHORT["steps"]


def test_a_metric_is_a_file_and_a_name(extended):
    tables = extended.root / "results" / "tiny" / "tables"
    table = pd.read_csv(tables / "comparison.csv").set_index("system")
    assert table.loc["real", "fidelity"] == 1 and table["fidelity"].between(0, 1).all()
    assert (table["fidelity_low"] <= table["fidelity"]).all() and (table["fidelity"] <= table["fidelity_high"]).all()
    paired = pd.read_csv(tables / "paired.csv")
    assert set(paired.loc[paired["measure"] == "fidelity", "system"]) == {"real", "perceptron"}


@pytest.mark.parametrize(
    ("added", "rules"),
    [
        (SYSTEM, {"network_training", "generated_sounds", "comparison"} | FOLLOWING),
        (METRIC, {"comparison"} | FOLLOWING),
    ],
)
def test_editing_what_was_added_reruns_what_used_it(extended, added, rules):
    path = extended.root / added.place
    path.write_text(added.text + "\n# edited\n")
    try:
        done = extended.snakemake("--dry-run", settings=settings())
        output = done.stdout + done.stderr
        assert set(re.findall(r"^rule (\w+):", output, re.MULTILINE)) == rules | {"all"}, output
        assert set(re.findall(r"network=(\w+)|generated=(\w+)", output)) <= {("perceptron", ""), ("", "perceptron")}
    finally:
        path.write_text(added.text)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"corpus": {"kind": "listless", "directory": "."}}, "corpus.kind = 'listless' is unknown; known are folder,"),
        (
            {"systems": {"mine": {"makes": "perception", "told": ["visual"]}}},
            "systems.mine.makes = 'perception' is unknown; known are copy, render, diffusion, convnet,",
        ),
        ({"evaluation": {"measures": ["fidelty"]}}, "evaluation.measures = 'fidelty' is unknown; known are envelope_"),
        (
            {"systems": {"mine": {"makes": "convnet", "told": ["visual"], "settings": {"width": 8}}}},
            "key 'systems.mine.settings.training' is missing",
        ),
    ],
)
def test_a_name_without_a_file_is_refused_with_those_that_there_are(finished, entry, said):
    done = finished.snakemake("--dry-run", settings=entry)
    output = done.stdout + done.stderr
    assert done.returncode != 0 and "Traceback" not in output
    assert any(said in line for line in output.splitlines()), output
