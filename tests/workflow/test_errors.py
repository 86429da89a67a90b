"""Bad input: one clear line with the file at fault, a non-zero exit, no half-written file."""

import re

import numpy as np
import pytest
import soundfile

from impactsound.media.ffmpeg import write_video


def refused(project, *arguments, said, settings=None):
    done = project.snakemake(*arguments, settings=settings)
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert any(re.search(said, line) for line in output.splitlines()), output
    assert "Traceback" not in output
    assert not list(project.root.glob("results/**/.partial-*"))


def video(folder, name, hits="0.5\n", seconds=2.0):
    folder.mkdir(exist_ok=True)
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 255, (int(seconds * 30), 32, 32, 3), dtype=np.uint8)
    write_video(folder / f"{name}.mp4", frames, 30)
    if hits is not None:
        (folder / f"{name}_times.txt").write_text(hits)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"sampling": {"step": 3}}, "unknown key 'sampling.step'; did you mean 'steps'"),
        ({"clip": {"hop": "many"}}, "clip.hop = 'many'"),
        ({"footage": "nowhere"}, "nowhere: footage must be a folder"),
    ],
)
def test_a_config_that_is_wrong(fresh, settings, said):
    refused(fresh, "dub", said=said, settings=settings)
    assert not (fresh.root / "results").exists()


def test_a_corpus_that_is_not_there(fresh):
    settings = {"corpus": {"kind": "folder", "directory": "nowhere"}}
    refused(fresh, said="nowhere: corpus.directory must be a folder", settings=settings)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder.mkdir(), "holds? no video|has no video"),
        (lambda folder: video(folder, "a", hits=None), r"a_times\.txt: no such file"),
        (
            lambda folder: video(folder, "a", hits="0.5\nsoon wood\n"),
            r"a_times\.txt: line 2 begins with 'soon'",
        ),
        (lambda folder: video(folder, "a", hits="0.5 wood\n"), r"a\.mp4: .*sound"),
    ],
)
def test_a_folder_that_is_no_corpus(fresh, make, said):
    make(fresh.root / "mine")
    refused(fresh, said=said, settings={"corpus": {"kind": "folder", "directory": "mine"}})
    assert not (fresh.root / "results" / "tiny" / "manifest.csv").exists()


def test_a_release_that_names_a_video_it_lacks(fresh):
    folder = fresh.root / "release"
    folder.mkdir()
    (folder / "train.txt").write_text("2015-01-01-00-00-01\n")
    soundfile.write(folder / "2015-01-01-00-00-01_denoised.wav", np.zeros(8000), 8000)
    settings = {"corpus": {"kind": "greatest_hits", "directory": "release"}}
    refused(fresh, said=r"2015-01-01-00-00-01_\S+: .*(no such file|absent)", settings=settings)


def test_footage_with_a_wrong_line_leaves_the_rest_as_it_was(finished):
    folder = finished.root / "faulty footage"
    video(folder, "b", hits="0.5\n-1\n")
    refused(finished, "dub", said=r"b_times\.txt: line 2 has the onset -1", settings={"footage": str(folder)})
    assert not list(finished.root.glob("results/footage/b.*"))
