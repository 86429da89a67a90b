"""Beside a table lies what it was made from: the inputs' digests, the settings, the commit, the software."""

import hashlib
import json
import os
import shutil
import subprocess
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from impactsound.provenance import fingerprint, repository, write_table

TABLE = pd.DataFrame({"system": ["real", "video"], "fid": [0.0, 1 / 3]})


@pytest.fixture
def rule(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    fingerprint.cache_clear()
    (tmp_path / "clips.h5").write_bytes(os.urandom(100_000))
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "a.mp4").write_bytes(b"a")
    return SimpleNamespace(
        rule="comparison",
        wildcards={"corpus": "tiny"},
        params={"code": "0123", "clip": {"hop": 128}, "systems": ["real", "video"]},
        input=["clips.h5", "videos"],
        resources={},
    )


@pytest.fixture
def folder(tmp_path):
    """A folder of code in a repository with one commit."""
    code = tmp_path / "repository" / "code"
    code.mkdir(parents=True)
    (code / "module.py").write_text("one = 1\n")
    git(code.parent, "init", "--quiet")
    git(code, "add", ".")
    git(code, "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "first")
    return code


def git(folder, *arguments):
    command = ["git", "-c", "commit.gpgsign=false", "-C", folder, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_table_is_written_as_csv_and_its_provenance_beside_it(rule, tmp_path):
    write_table(rule, TABLE, "tables/comparison.csv")
    pd.testing.assert_frame_equal(pd.read_csv("tables/comparison.csv"), TABLE)
    said = json.loads((tmp_path / "tables" / "comparison.provenance.json").read_text())
    assert {name: said[name] for name in ("rule", "wildcards", "params")} == {
        "rule": rule.rule,
        "wildcards": rule.wildcards,
        "params": rule.params,
    }
    assert list(said["inputs"]) == rule.input
    assert said["inputs"]["clips.h5"]["sha256"] == hashlib.sha256((tmp_path / "clips.h5").read_bytes()).hexdigest()
    assert said["inputs"]["videos"]["files"] == 1
    assert said["device"] == "cpu"
    assert torch.__version__.startswith(said["software"]["torch"])


def test_the_same_run_gives_the_same_bytes_and_no_path_of_this_machine(rule, tmp_path):
    for name in ("one.csv", "two.csv"):
        write_table(rule, TABLE, name)
    one, two = ((tmp_path / name).read_text() for name in ("one.provenance.json", "two.provenance.json"))
    assert one == two
    assert str(tmp_path) not in one


def test_an_input_that_is_gone_leaves_no_provenance(rule, tmp_path):
    rule.input = ["gone.h5"]
    with pytest.raises(FileNotFoundError):
        write_table(rule, TABLE, "comparison.csv")
    assert not list(tmp_path.glob("*.json"))


def test_a_folder_is_told_by_the_names_and_sizes_of_its_files(tmp_path):
    def found():
        fingerprint.cache_clear()
        return fingerprint(tmp_path / "videos")

    (tmp_path / "videos" / "inner").mkdir(parents=True)
    (tmp_path / "videos" / "inner" / "a.mp4").write_bytes(b"a")
    before = found()
    (tmp_path / "videos" / ".snakemake_timestamp").touch()
    assert found() == before and before["files"] == 1
    (tmp_path / "videos" / "inner" / "a.mp4").write_bytes(b"ab")
    longer = found()
    (tmp_path / "videos" / "inner" / "a.mp4").rename(tmp_path / "videos" / "a.mp4")
    assert len({tuple(one.items()) for one in (before, longer, found())}) == 3


def test_the_commit_is_that_of_the_code_and_a_changed_file_is_seen(folder):
    commit = git(folder, "rev-parse", "HEAD")
    assert repository(folder) == {"commit": commit, "dirty": False}
    (folder / "results.csv").write_text("untracked\n")
    assert repository(folder) == {"commit": commit, "dirty": False}
    (folder / "module.py").write_text("one = 2\n")
    assert repository(folder) == {"commit": commit, "dirty": True}


def test_code_that_is_in_no_repository_is_of_no_commit(folder, tmp_path, monkeypatch):
    shutil.copytree(folder, tmp_path / "elsewhere", ignore=shutil.ignore_patterns(".git"))
    assert repository(tmp_path / "elsewhere") is None
    shutil.copytree(folder, folder.parent / "copied" / "code", ignore=shutil.ignore_patterns(".git"))
    assert repository(folder.parent / "copied" / "code") is None
    monkeypatch.setenv("PATH", "")
    assert repository(folder) is None
