"""The release comes to its folder whole and checked, or not at all; what is there is left as it is."""

import hashlib
import io
import json
import re
import runpy
import subprocess
import sys
import time
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from filelock import FileLock

from hostile_server import Host, serving
from impactsound.corpus.download.greatest_hits import Release, download
from impactsound.corpus.release import find_videos
from impactsound.digest import reached
from impactsound.errors import InputError

ROOT = Path(__file__).parents[2]
IDS = ("2015-02-16-16-49-06", "2015-03-28-19-27-31-1")
SCRIPT = (
    "import sys; from impactsound.corpus.download.greatest_hits import Release, download; "
    "download(Release(sys.argv[1], sys.argv[2]))"
)


def zipped(ids=IDS, **more):
    """An archive as the release is."""
    draw = np.random.default_rng(0)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as file:
        file.writestr("vis-data-256/", b"")
        for name in ids:
            for end in ("denoised.mp4", "denoised.wav", "denoised_thumb.mp4", "mic.mp4", "mic.wav"):
                file.writestr(f"vis-data-256/{name}_{end}", draw.bytes(50_000))
            file.writestr(f"vis-data-256/{name}_times.txt", b"0.5 wood hit static\n")
        file.writestr("vis-data-256/train.txt", f"{IDS[0]}\n")
        file.writestr("vis-data-256/test.txt", f"{IDS[1]}\n")
        for name, content in more.items():
            file.writestr(f"vis-data-256/{name}.txt", content)
    return data.getvalue()


DATA = zipped()
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def host():
    with serving(Host(DATA)) as host:
        yield host


@pytest.fixture
def release(host, tmp_path):
    return Release(host.url, str(tmp_path / "data" / "vis-data-256"), len(DATA), SHA256)


def refused(release, said):
    with pytest.raises(InputError) as caught:
        download(release, pause=0.0)
    assert said in str(caught.value) and "\n" not in str(caught.value), str(caught.value)
    assert not list(release.folder.parent.glob(".partial-*"))


def test_the_release_comes_to_its_folder(release, host):
    record = download(release)
    assert [video.split for video in find_videos(release.folder)] == ["train", "test"]
    with zipfile.ZipFile(io.BytesIO(DATA)) as file:
        for name in file.namelist()[1:]:
            assert (release.folder / Path(name).name).read_bytes() == file.read(name)
    assert record == json.loads((release.folder / "download.json").read_text())
    kinds = {"mp4": 6, "txt": 4, "wav": 4}
    assert record == {"url": host.url, "size": len(DATA), "sha256": SHA256, "videos": 2, "files": kinds}
    assert release.checksum.read_text() == f"{SHA256}  vis-data-256.zip\n"


def test_what_is_there_is_left_as_it_is(release, host):
    record = download(release)
    (release.folder / "train.txt").write_text("mine")
    asked = len(host.asked)
    assert download(release) == record and download(replace(release, sha256=None)) == record
    assert len(host.asked) == asked and (release.folder / "train.txt").read_text() == "mine"
    refused(replace(release, sha256="0" * 64), "is of another archive")
    refused(replace(release, url=host.url + "2"), "is of another archive")


@pytest.mark.parametrize("content", [None, "", "[]", "{}", "{"])
def test_a_folder_of_the_users_own_is_not_touched(release, host, content):
    release.folder.mkdir(parents=True)
    if content is not None:
        (release.folder / "download.json").write_text(content)
    refused(release, "was not downloaded by this rule")
    assert not host.asked


def test_an_archive_that_is_there_is_not_downloaded_again(release, host):
    release.folder.parent.mkdir()
    release.archive.write_bytes(DATA)
    download(release)
    assert not host.asked and release.archive.read_bytes() == DATA


def test_an_archive_that_is_there_and_cut_short(release, host):
    release.folder.parent.mkdir()
    release.archive.write_bytes(DATA[:-1])
    refused(release, f"vis-data-256.zip: has {len(DATA) - 1} bytes, not the {len(DATA)} of download.size")
    refused(replace(release, size=None, sha256=None), "is no whole zip")
    assert not host.asked and release.archive.exists() and not release.folder.exists()


def test_an_archive_of_another_size_or_checksum(release, host):
    refused(replace(release, size=len(DATA) + 1), "download.size")
    assert not release.archive.exists()
    refused(replace(release, sha256="0" * 64), f"has the SHA-256 {SHA256}, and download.sha256 says 0000")
    assert not release.folder.exists() and release.archive.exists()
    download(release)
    assert len(host.asked) == 2  # one for the size, one for the bytes


def test_where_no_checksum_is_known_the_first_is_that_of_the_next_time(release, host):
    unknown = replace(release, size=None, sha256=None)
    download(unknown)
    for path in (release.folder / "train.txt", release.archive):
        path.unlink()
    release.folder.rename(release.folder.with_name("elsewhere"))
    host.data, host.etag = zipped(more="other"), '"2"'
    refused(unknown, f"{release.checksum} says {SHA256}")
    release.checksum.write_text("sha")
    refused(unknown, "does not begin with a SHA-256")
    release.checksum.unlink()
    assert download(unknown)["files"]["txt"] == 5


def test_what_is_not_the_release_is_not_moved_into_place(release, host):
    host.data = zipped(ids=IDS[:1])
    refused(replace(release, size=None, sha256=None), f"{release.archive}: is not the release; {IDS[1]}_denoised.mp4")
    assert not release.folder.exists() and not release.checksum.exists()


def test_a_hostile_archive_leaves_nothing_but_itself(release, host):
    data = io.BytesIO(DATA)
    with zipfile.ZipFile(data, "a") as file:
        file.writestr("vis-data-256/../../../x.txt", b"x")
    host.data = data.getvalue()
    refused(replace(release, size=None, sha256=None), "'vis-data-256/../../../x.txt' is not named like")
    names = {path.name for path in release.folder.parent.parent.rglob("*")}
    assert names <= {"data", "vis-data-256.zip", ".vis-data-256.lock"}


def test_two_at_once(release, host):
    release.folder.parent.mkdir()
    with FileLock(release.beside(".{}.lock")):
        refused(release, "another run is downloading to it")
    download(release)


@pytest.mark.parametrize("directory", ["/", "//", "/.."])
def test_a_directory_that_cannot_be(directory):
    with pytest.raises(InputError, match=r"cannot be download.directory"):
        download(Release("https://localhost/a.zip", directory))


def test_a_place_that_cannot_be_written_to(release, host):
    release.folder.parent.write_text("a file")
    with pytest.raises(InputError, match=r"data: File exists; see to that"):
        download(release)


def test_the_rules_script(release, tmp_path, monkeypatch, capfd):
    output, log = tmp_path / "results" / "greatest_hits.json", tmp_path / "log"
    rule = SimpleNamespace(params=SimpleNamespace(release=asdict(release)), output=SimpleNamespace(record=str(output)))
    rule.log = [str(log)]
    runpy.run_path(str(ROOT / "workflow_scripts" / "download.py"), {"snakemake": rule})
    assert json.loads(output.read_text()) == json.loads((release.folder / "download.json").read_text())
    assert f"{release.folder}: 2 videos" in log.read_text()
    rule.params.release["sha256"] = "0" * 64
    with pytest.raises(SystemExit):
        runpy.run_path(str(ROOT / "workflow_scripts" / "download.py"), {"snakemake": rule})
    assert log.read_text().splitlines()[-1].startswith(f"error: {release.folder / 'download.json'}: is of another")


def test_nothing_else_reaches_for_the_net():
    scripts = ROOT / "workflow_scripts"
    net = r"^\s*(import|from) (requests|urllib3?|http|socket|ftplib|aiohttp|httpx2|huggingface_hub|pooch|fsspec)\b"
    reaching = {path for path in scripts.rglob("*.py") if re.search(net, path.read_text(), re.MULTILINE)}
    assert {path.parent.name for path in reaching} == {"download"}
    using = [path.name for path in scripts.glob("*.py") if reaching & reached(path, scripts)]
    assert using == ["download.py"]
    rules = [path.name for path in (ROOT / "rules").glob("*.smk") if "greatest_hits.json" in path.read_text()]
    assert rules == ["download.smk"]


def test_what_a_kill_left_of_the_unpacking_is_begun_again(release):
    partial = release.beside(".partial-{}")
    partial.mkdir(parents=True)
    (partial / "train.txt").write_text("half")
    (partial / "more.txt").write_text("half")
    download(release)
    assert (release.folder / "train.txt").read_text() == f"{IDS[0]}\n"
    assert len(list(release.folder.iterdir())) == 15 and not partial.exists()


def test_kills_at_any_moment_end_in_the_same_files(release, host):
    host.slow = 0.05
    draw = np.random.default_rng(0)
    for wait in draw.uniform(0.2, 0.8, 4):
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, host.url, str(release.folder)])
        time.sleep(wait)
        process.kill()
        process.wait()
        assert not release.folder.exists() or (release.folder / "download.json").exists()
    host.slow = 0.0
    assert download(release)["sha256"] == SHA256
    assert len(list(release.folder.iterdir())) == 15
    assert release.archive.read_bytes() == DATA and not release.beside("{}.zip.part").exists()
