"""A real silent video comes out with impacts at its onsets and its picture untouched."""

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from impactsound.media.ffmpeg import read_sound

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "greatest_hits_mini" / "vis-data-256"
NAME = "2015-01-01-00-00-01"
TOLERANCE = 0.01  # seconds


@pytest.fixture(scope="module")
def dubbed(finished):
    if not REAL.is_dir():
        pytest.skip(f"no real recording to dub: {REAL} is absent")
    footage = finished.root / "my footage"
    footage.mkdir()
    shutil.copy(REAL / f"{NAME}_denoised.mp4", footage / f"{NAME}.mp4")
    shutil.copy(REAL / f"{NAME}_times.txt", footage)
    done = finished.snakemake("dub", settings={"footage": "my footage"})
    assert done.returncode == 0, done.stdout + done.stderr
    return finished.root / "results" / "footage", footage


def onsets(track, rate, times):
    """Of each time, where the sound first exceeds a tenth of its local peak, looking from 0.1 s before."""
    found = []
    for time in times:
        start = max(0, round((time - 0.1) * rate))
        window = np.abs(track[start : round((time + 0.25) * rate)])
        assert window.max() > 0.01, f"nothing is heard at {time} s"
        found.append((start + np.argmax(window > 0.1 * window.max())) / rate)
    return np.array(found)


def packets(path):
    """Digest of the coded picture."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-map", "0:v", "-c", "copy"]
    done = subprocess.run([*command, "-f", "framemd5", "-"], capture_output=True, check=True)
    rows = [line.split(b",")[-1] for line in done.stdout.splitlines() if not line.startswith(b"#")]
    return len(rows), hashlib.sha256(b"".join(rows)).hexdigest()


@pytest.mark.parametrize("suffix", ["wav", "mp4"])
def test_impacts_are_heard_at_the_onsets(dubbed, suffix):
    results, footage = dubbed
    times = np.loadtxt(footage / f"{NAME}_times.txt", usecols=0)
    assert len(times) == 8
    path = results / f"{NAME}.{suffix}"
    track, rate = soundfile.read(path) if suffix == "wav" else (read_sound(path, 8000), 8000)
    assert np.abs(onsets(track, rate, times) - times).max() <= TOLERANCE


def test_the_picture_is_untouched(dubbed):
    results, footage = dubbed
    assert packets(results / f"{NAME}.mp4") == packets(footage / f"{NAME}.mp4")


def test_other_times_are_dubbed_anew_and_nothing_is_retrained(dubbed, finished):
    _, footage = dubbed
    settings = {"footage": "my footage"}
    assert finished.would_run("dub", settings=settings) == set()
    times = footage / f"{NAME}_times.txt"
    text = times.read_text()
    times.write_text("0.5\n")
    would = finished.would_run("dub", settings=settings)
    times.write_text(text)
    assert would == {"dubbed"}


def test_edits_beside_a_video_change_the_hit_they_name_alone(dubbed, finished):
    results, footage = dubbed
    before, rate = soundfile.read(results / f"{NAME}.wav")
    edits = footage / f"{NAME}_edits.json"
    edits.write_text(json.dumps({"hits": [{"id": 7, "edit": {"size": 0.5, "strength": -12}}]}))
    done = finished.snakemake("dub", settings={"footage": "my footage"})
    edits.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    after, _ = soundfile.read(results / f"{NAME}.wav")
    last = np.loadtxt(footage / f"{NAME}_times.txt", usecols=0).max()
    until = round((last - 0.03) * rate)
    np.testing.assert_array_equal(before[:until], after[:until])
    assert (before[until:] != after[until:]).any()
    assert "8 hits, of which 1 were made anew" in (results / "logs" / f"dubbed.{NAME}.log").read_text()


def test_hits_are_looked_for_where_no_times_are_given(dubbed, finished, tmp_path):
    _, footage = dubbed
    folder = finished.root / "silent footage"
    folder.mkdir()
    shutil.copy(footage / f"{NAME}.mp4", folder / "it's $HOME; a clip.mp4")
    done = finished.snakemake("dub", settings={"footage": "silent footage"})
    assert done.returncode == 0, done.stdout + done.stderr
    (hits,) = finished.root.glob("results/footage/it's*.hits.json")
    assert all(0 <= hit["probability"] <= 1 for hit in json.loads(hits.read_text())["hits"])
    assert hits.with_name("it's $HOME; a clip.mp4").is_file()
