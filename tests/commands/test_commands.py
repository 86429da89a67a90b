"""The command `impactsound`, as a person types it."""

import re

import numpy as np
import pytest

from impactsound.commands import main
from impactsound.dubbing.hits import read_hits
from impactsound.media.ffmpeg import write_video


@pytest.fixture
def clip(tmp_path, monkeypatch):
    """A silent video of two seconds, in the folder that one works in."""
    monkeypatch.chdir(tmp_path)
    write_video(tmp_path / "my clip.mp4", np.zeros((60, 32, 32, 3), np.uint8), 30)
    return "my clip.mp4"


@pytest.fixture
def results(tmp_path, tiny_model):
    """The model, where a trained one lies."""
    (tmp_path / "results" / "tiny").mkdir(parents=True)
    (tmp_path / "results" / "tiny" / "model").symlink_to(tiny_model)


def test_help_of_every_command_is_quick_and_plain(capsys):
    for words in ([], ["dub"], ["studio"], ["pack"]):
        with pytest.raises(SystemExit) as stopped:
            main([*words, "--help"])
        assert stopped.value.code == 0
        assert "usage: impactsound" in capsys.readouterr().out


def test_dub_takes_the_trained_model_and_writes_beside_the_clip(clip, results, tmp_path, capsys):
    assert main(["dub", clip, "--times", "0.5, 1.2", "--device", "cpu"]) == 0
    assert "my clip_dubbed.mp4: 2 hits, of which 2 were made anew" in capsys.readouterr().out
    for suffix in (".mp4", ".wav", ".hits.json", ".hits.h5"):
        assert (tmp_path / f"my clip_dubbed{suffix}").is_file()


def test_times_beside_the_clip_are_taken(clip, results, tmp_path):
    (tmp_path / "my clip_times.txt").write_text("0.75 wood\n")
    assert main(["dub", clip, "-o", "a.mkv"]) == 0
    assert [hit.time for hit in read_hits(tmp_path / "a.hits.json").hits] == [0.75]


def test_a_pack_works_by_itself_and_has_a_card(clip, results, tmp_path):
    assert main(["pack", "mine"]) == 0
    assert "tiny" in (tmp_path / "mine" / "README.md").read_text()
    assert main(["dub", clip, "--model", "mine", "--times", "0.5"]) == 0


def test_studio_writes_a_page(clip, results, tmp_path, capsys):
    assert main(["studio", clip, "--times", "0.5"]) == 0
    page = (tmp_path / "my clip_studio.html").read_text()
    assert "impactsound dub" in page and "my clip.mp4" in page
    assert "open it in a browser" in capsys.readouterr().out


def test_studio_goes_on_from_the_dubbed_video(clip, results, tmp_path):
    (tmp_path / "edits.json").write_text('{"all": {"size": 2}, "hits": []}')
    assert main(["dub", clip, "--times", "0.5", "--edits", "edits.json"]) == 0
    assert main(["studio", clip]) == 0
    page = (tmp_path / "my clip_studio.html").read_text()
    assert '"all": {"size": 2.0}' in page and 'class="track"' in page
    assert main(["studio", clip, "--times", "0.75", "-o", "other.html"]) == 0
    assert 'class="track"' not in (tmp_path / "other.html").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dub", "no.mp4"], r"no\.mp4: no such file"),
        (["dub", "my clip.mp4", "--times", "soon"], "--times: 'soon' is no time"),
        (["dub", "my clip.mp4", "--times", "9"], "the time 9 s is outside the video"),
        (["dub", "my clip.mp4", "-o", "my clip.mp4"], "is the video itself"),
        (["dub", "my clip.mp4", "-o", "a.txt"], r"a\.txt: is no name of a video"),
        (["dub", "text.mp4"], r"text\.mp4: cannot be read by ffmpeg"),
        (["dub", "empty.mp4"], r"empty\.mp4: is empty"),
        (
            ["dub", "my clip.mp4", "--times", "1", "--edits", "edits.json"],
            r"edits\.json: hit 0: edit\.size = 9: give",
        ),
        (["dub", "my clip.mp4", "--model", "nowhere"], "nowhere: not a model directory"),
        (["dub", "my clip.mp4", "--device", "abacus"], "--device abacus: not to be had here"),
        (["pack", "results"], "results: is there already"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(clip, results, tmp_path, capsys, words, said):
    (tmp_path / "text.mp4").write_text("not a video")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "edits.json").write_text('{"hits": [{"id": 0, "edit": {"size": 9}}]}')
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert main(words) == 1
    line = capsys.readouterr().err
    assert re.search(said, line) and line.startswith("impactsound: error: ") and line.count("\n") == 1
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path != tmp_path} == before


def test_no_model_or_several(clip, tmp_path, tiny_model, capsys):
    assert main(["dub", clip]) == 1
    assert "no model in ./results; train one (make demo)" in capsys.readouterr().err
    for name in ("a", "b"):
        (tmp_path / "results" / name).mkdir(parents=True)
        (tmp_path / "results" / name / "model").symlink_to(tiny_model)
    assert main(["dub", clip]) == 1
    assert "choose one by --model: results/a/model, results/b/model" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["dub", "."], r"\.: is no video"),
        (["dub", "n" * 300 + ".mp4"], "no such file|File name too long"),
        (["dub", "my clip.mp4", "--times", "1", "--loudness", "nan"], "--loudness nan: give LUFS"),
        (["dub", "my clip.mp4", "--times", "1", "--device", "meta"], "--device meta: not to be had here"),
        (["dub", "my clip.mp4", "--times", "1", "-o", "my clip.mp4/a.mp4"], "Not a directory|File exists"),
        (["studio", "my clip.mp4", "--times", "1", "-o", "my clip.mp4"], r"my clip\.mp4: is no name of a page"),
    ],
)
def test_what_cannot_be_done_is_one_line_too(clip, results, tmp_path, capsys, words, said):
    before = (tmp_path / clip).read_bytes()
    assert main(words) == 1
    line = capsys.readouterr().err
    assert re.search(said, line) and line.startswith("impactsound: error: ") and line.count("\n") == 1
    assert (tmp_path / clip).read_bytes() == before


@pytest.mark.parametrize("words", [["dub"], ["dub", "-a\nb"], ["fly"], [], ["dub", "a.mp4", "--loudness", "x\ny"]])
def test_what_is_not_understood_is_one_line(words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(words)
    line = capsys.readouterr().err
    assert stopped.value.code == 2 and line.count("\n") == 1 and line.endswith("--help\n")


@pytest.mark.parametrize("name", ["a\nb", "$(touch x); `touch x`", "-i", "{name} %d", "\x1b[2J", "<script>"])
def test_any_name_is_dubbed_and_said_on_one_line(clip, results, tmp_path, capsys, name):
    (tmp_path / clip).rename(tmp_path / f"{name}.mp4")
    assert main(["dub", "--times", "0.5", "--", f"{name}.mp4"]) == 0
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and said.strip().isprintable()
    found = {path.name for path in tmp_path.iterdir()}
    ends = (".mp4", "_dubbed.mp4", "_dubbed.wav", "_dubbed.hits.json", "_dubbed.hits.h5")
    assert found == {"results", *(f"{name}{end}" for end in ends)}


def test_a_name_that_speaks_of_turning_turns_nothing(clip, results, tmp_path):
    (tmp_path / clip).rename(tmp_path / "rotation of 90 degrees.mp4")
    assert main(["dub", "rotation of 90 degrees.mp4", "--times", "0.5", "-o", "straight.mp4"]) == 0


def test_a_name_that_is_no_text_is_refused(clip, results, tmp_path, capsys):
    (tmp_path / clip).rename(tmp_path / "\udcff.mp4")
    assert main(["dub", "--times", "0.5", "\udcff.mp4"]) == 1
    assert capsys.readouterr().err == "impactsound: error: '\\udcff.mp4': the name is not UTF-8; rename it\n"
