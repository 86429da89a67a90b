"""The workflow on the scale of Greatest Hits: its 977 videos and official split, without their media.

The annotations are a derivative of the release's, rounded to 1/15 s and without reactions; here all are "static".
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

from impactsound.config import Clip
from impactsound.corpus import manifest
from impactsound.corpus.release import find_videos
from impactsound.corpus.selection import clips_of
from impactsound.corpus.table import save

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "greatest_hits_meta"
LISTS = {"train": "official_train_733.txt", "test": "official_test_244.txt"}
CONFIGS = ("configs/greatest-hits.yaml", "configs/modern.yaml")
RATE = 15.0  # frames/s that the annotations count in
STAGES = {
    "manifest", "splits", "clips", "modes", "residual_training", "residual", "audio_features", "vision_training",
    "visual", "matches", "network_training", "regressor_training", "copied_sounds", "generated_sounds",
    "onset_features", "onset_training", "onset_table", "model",
    "classifier_training", "comparison", "physics_table", "sampling_table", "vocoder_table", "table_formats", "report",
}  # fmt: skip


@pytest.fixture(scope="module")
def annotations() -> pd.DataFrame:
    """The events: `video`, `frame_count`, `time_s`, `material`, `action`."""
    if not DATA.is_dir():
        pytest.skip("needs ../shared/data/greatest_hits_meta")
    return pd.read_csv(DATA / "annotations.csv", keep_default_na=False)


@pytest.fixture(scope="module")
def release(annotations, tmp_path_factory) -> Path:
    """The layout of the release, its media empty."""
    folder = tmp_path_factory.mktemp("greatest_hits") / "vis-data-256"
    folder.mkdir()
    lines = (
        annotations["time_s"].astype(str) + " " + annotations["material"] + " " + annotations["action"] + " static\n"
    )
    for name, times in lines.groupby(annotations["video"]).sum().items():
        (folder / f"{name}_times.txt").write_text(times)
        for end in ("denoised.mp4", "denoised.wav"):
            (folder / f"{name}_{end}").touch()
    for name, source in LISTS.items():
        (folder / f"{name}.txt").write_text((DATA / source).read_text())
    return folder


@pytest.fixture(scope="module")
def corpus() -> dict:
    """The settings of the corpus, as `configs/greatest-hits.yaml` has them."""
    default, overlay = (yaml.safe_load((ROOT / file).read_text())["corpus"] for file in ("config.yaml", CONFIGS[0]))
    return {key: value for key, value in (default | overlay).items() if key not in ("name", "directory")}


@pytest.fixture(scope="module")
def built(annotations, release, corpus) -> tuple[pd.DataFrame, dict]:
    """The manifest, its videos as long as the annotations say, and what became of the events."""
    seconds = (annotations.groupby("video")["frame_count"].first() / RATE).to_dict()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest, "length", lambda path, stream: seconds[path.name.split("_")[0]])
        table, fates = manifest.build_manifest(directory=release, clip=Clip(), **corpus)
    print(*(f"{fate}: {events}" for fate, events in fates.items()), sep=", ")
    print(table.groupby("split").agg(clips=("clip", "size"), videos=("video", "nunique")))
    return table, fates


def dry_run(project, release, *config):
    """What a dry run over the release prints; how long it takes, and the most memory that it has, is shown."""
    corpus = f"corpus={{directory: {release}}}"
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--cores", "1", "--configfile", *CONFIGS]
    begun = time.monotonic()
    with (project.root / "said.txt").open("w+") as said:
        process = subprocess.Popen(
            [*command, "--config", corpus, *config],
            cwd=project.root,
            env={**os.environ, "PYTHONPATH": str(project.root / "workflow_scripts")},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        said.seek(0)
        text = said.read()
    print(f"the DAG of Greatest Hits: {time.monotonic() - begun:.1f} s, {usage.ru_maxrss / 1024:.0f} MiB")
    assert os.waitstatus_to_exitcode(status) == 0, text
    return text


def test_the_dag_has_every_stage(fresh, release):
    rules = set(re.findall(r"^(?:local)?rule (\w+):", dry_run(fresh, release), re.MULTILINE))
    assert rules >= STAGES
    assert "simulate" not in rules


def test_shards_make_no_job_of_a_video(fresh, release):
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", dry_run(fresh, release, "shards=16"), re.MULTILINE))
    assert (jobs["clips"], jobs["modes"], jobs["visual"], jobs["onset_features"]) == ("16",) * 4
    assert int(jobs["total"]) < 250


def test_the_videos_are_those_of_the_release_in_the_official_split(release):
    videos = find_videos(release)
    listed = {name: (DATA / source).read_text().split() for name, source in LISTS.items()}
    assert {name: len(videos) for name, videos in listed.items()} == {"train": 733, "test": 244}
    assert {video.name: video.split for video in videos} == {name: place for place in listed for name in listed[place]}


def test_every_event_is_kept_or_accounted_for(annotations, built, corpus):
    table, fates = built
    assert sum(fates.values()) == len(annotations)
    time_s, video = annotations["time_s"], annotations["video"]
    clip, length = Clip(), annotations["frame_count"] / RATE
    wanted = annotations["material"].isin(corpus["materials"]) & annotations["action"].isin(corpus["actions"])
    frame = (time_s * clip.frame_rate + 1e-6).astype(int) - clip.frames // 2
    seen = (frame >= 0) & ((frame + clip.frames) / clip.frame_rate <= length + 0.002)
    heard = time_s + clip.duration <= length
    following, before = (time_s.groupby(video).shift(step) - time_s for step in (-1, 1))
    alone = ~(following < clip.duration) & ~(before == 0)
    assert fates["kept"] == len(table) == (wanted & seen & heard & alone).sum()


def test_the_test_split_is_the_official_one_and_validation_is_drawn_from_the_rest(built, corpus, tmp_path):
    table, _ = built
    official = {name: set((DATA / source).read_text().split()) for name, source in LISTS.items()}
    videos = {split: set(rows["video"]) for split, rows in table.groupby("split")}
    assert videos["test"] <= official["test"]
    assert videos["train"] | videos["validation"] <= official["train"]
    assert not videos["train"] & videos["validation"]
    drawn_from = len(videos["train"] | videos["validation"])
    assert abs(len(videos["validation"]) - corpus["validation"] * drawn_from) <= len(corpus["materials"])
    for split in videos:
        save(table[table["split"] == split], tmp_path / f"{split}.csv")
        assert len(clips_of(tmp_path / f"{split}.csv")) == (table["split"] == split).sum()
        assert set(table["material"][table["split"] == split]) == set(corpus["materials"])
