"""One command turns videos into sounds, tables and a report; run again, it has nothing to do."""

import json
import re
from pathlib import Path

import h5py
import pandas as pd
import soundfile
import yaml
from safetensors import safe_open

from impactsound import store

ROOT = Path(__file__).parents[2]
SYSTEMS = yaml.safe_load((ROOT / "configs" / "tiny.yaml").read_text())["evaluation"]["systems"]
COLUMNS = ["system", "fid", "kid", "kl", "accuracy", "macro_accuracy"]
MAGIC = {".h5": store.SEAL, ".png": b"\x89PNG", ".wav": b"RIFF", ".svg": b"<?xml"}
TEXT = {".csv", ".md", ".tex", ".html", ".log", ".tsv", ".txt", ".json", ".pbtxt"}


def results(project):
    return project.root / "results" / "tiny"


def test_the_tables_have_every_system_on_the_same_clips(finished):
    table = pd.read_csv(results(finished) / "tables" / "comparison.csv")
    assert table.columns[: len(COLUMNS)].tolist() == COLUMNS
    assert table.system.tolist() == SYSTEMS
    manifest = pd.read_csv(results(finished) / "manifest.csv", keep_default_na=False)
    assert (table.n == (manifest.split == "test").sum()).all()
    real = table.set_index("system").loc["real"]
    assert abs(real.fid) < 1e-6
    assert real.kl == 0
    for suffix in ("md", "tex"):
        text = (results(finished) / "tables" / f"comparison.{suffix}").read_text().replace("\\", "")
        assert all(system in text for system in SYSTEMS)


def test_the_physics_table_judges_every_material_by_the_truth_and_by_its_sounds(finished):
    table = pd.read_csv(results(finished) / "tables" / "physics.csv").set_index("material")
    manifest = pd.read_csv(results(finished) / "manifest.csv", keep_default_na=False)
    test = manifest[manifest.split == "test"]
    assert table["n"].to_dict() == {**test["material"].value_counts(), "all": len(test)}
    assert table.index[-1] == "all"
    assert table.loc["all"].notna().all()
    assert table.loc[["glass", "ceramic", "wood"], "recall"].min() > 0.8
    assert table.loc[["glass", "ceramic", "wood"], "frequency_error"].max() < 1  # Hz
    for suffix in ("md", "tex"):
        assert "wood" in (results(finished) / "tables" / f"physics.{suffix}").read_text()


def test_the_report_shows_the_physics_and_pictures_of_it_lie_beside(finished):
    page = (results(finished) / "report.html").read_text()
    assert '<h2 id="physics">' in page and "Modes against the true ones" in page
    pictures = {path.name for path in (results(finished) / "figures").iterdir()}
    names = {"spectrograms", "modes", "onsets", "sampling", "vocoder", "confusion", "panels", "training"}
    assert pictures == {f"{name}.{suffix}" for name in names for suffix in ("png", "svg")}


def test_only_a_simulated_corpus_has_a_truth_to_be_compared_with(finished):
    corpus = {"kind": "greatest_hits", "directory": "results/tiny/videos", "name": "other"}
    for settings, known in ({}, True), ({"corpus": corpus}, False):
        name = settings.get("corpus", {"name": "tiny"})["name"]
        target = f"results/{name}/tables/physics.csv"
        done = finished.snakemake("--dry-run", "--force", target, settings=settings)
        (inputs,) = re.findall(r"rule physics_table:\n +input: (.*)", done.stdout + done.stderr)
        assert (f"results/{name}/videos" in inputs) == known


def test_the_sampling_table_has_every_setting_and_what_it_costs(finished):
    table = pd.read_csv(results(finished) / "tables" / "sampling.csv").set_index("sampler")
    assert table.evaluations.to_dict() == {"dpm++": 2, "heun": 3, "ddpm": 10}
    assert (table.kid_low <= table.kid_high).all() and (table.n == 4).all()


def test_the_vocoder_table_has_every_start(finished):
    table = pd.read_csv(results(finished) / "tables" / "vocoder.csv")
    assert set(table.start) == {"random", "onset", "modal_matched", "modal_own"}
    best = table[(table.iterations == 1) & (table.error == 0)].set_index("start").convergence_db
    assert best["modal_own"] < best["random"] - 3


def test_every_test_clip_has_a_sound_of_every_system(finished):
    manifest = pd.read_csv(results(finished) / "manifest.csv", keep_default_na=False)
    test = manifest["clip"][manifest["split"] == "test"]
    for system in SYSTEMS:
        for name in test:
            wav = soundfile.info(results(finished) / "generated" / system / "0" / f"{name}.wav")
            assert (wav.frames, wav.samplerate) == (2000, 8000)
    assert len(test) > 0


def test_no_video_is_in_two_splits(finished):
    manifest = pd.read_csv(results(finished) / "manifest.csv", keep_default_na=False)
    assert (manifest.groupby("video").split.nunique() == 1).all()
    assert set(manifest.split) == {"train", "validation", "test"}


def test_retrieval_copies_training_sounds_and_oracle_differs_from_match(finished):
    manifest = pd.read_csv(results(finished) / "manifest.csv", keep_default_na=False).set_index("clip")
    for system in ("retrieval", "modal", "physics"):
        with h5py.File(results(finished) / "generated" / system / "0.h5") as file:
            matched = list(file["matched"].asstr())
        assert (manifest.split[matched] == "train").all()
    sounds = []
    for system in ("physics", "physics_oracle"):
        with h5py.File(results(finished) / "generated" / system / "0.h5") as file:
            sounds.append(file["sound"][:])
    assert (sounds[0] != sounds[1]).any(axis=1).all()


def test_nothing_is_to_be_done_again(finished):
    done = finished.snakemake()
    assert done.returncode == 0
    assert "Nothing to be done" in done.stdout + done.stderr


def test_every_file_is_of_a_known_kind_and_none_is_pickled(finished):
    for path in results(finished).rglob("*"):
        if path.is_dir() or path.name.startswith((".snakemake", "events.out.tfevents")) or path.suffix == ".lock":
            continue
        head = path.read_bytes()[:32]
        if path.suffix in MAGIC:
            assert head.startswith(MAGIC[path.suffix]), path
        elif path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                assert file.metadata(), path
        elif path.suffix == ".mp4":
            assert head[4:8] == b"ftyp", path
        else:
            assert path.suffix in TEXT, path
            path.read_text(encoding="utf-8")


def test_every_hdf5_file_says_what_it_is_and_holds_no_objects_but_strings_and_bytes(finished):
    for path in results(finished).glob("**/*.h5"):
        with h5py.File(path) as file:
            assert "/" in file.attrs["schema"]
            json.loads(file.attrs["config"])
            json.loads(file.attrs["source"])
            if "truth" not in file.attrs["schema"]:
                assert file["clip"].asstr()[0]


def test_every_rule_logs_and_benchmarks(finished):
    logs = {path.stem for path in (results(finished) / "logs").glob("[!.]*")}
    assert logs == {path.stem for path in (results(finished) / "benchmarks").iterdir()}
    assert {"simulate", "modes", "network_training.physics.0", "generated_sounds.video.0", "report"} <= logs
