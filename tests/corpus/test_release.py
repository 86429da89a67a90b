"""The release's layout: names end at the first `_`, lists rule, and what is wrong is named."""

import pandas as pd
import pytest

from impactsound.corpus.labels import read_times
from impactsound.corpus.release import find_videos
from impactsound.errors import InputError

ENDS = ("denoised.mp4", "denoised.wav", "denoised_thumb.mp4", "mic.mp4", "mic.wav", "times.txt")


@pytest.fixture
def folder(tmp_path):
    for name in ("2015-02-16-16-49-06", "2015-03-28-19-27-31-1"):
        for end in ENDS:
            (tmp_path / f"{name}_{end}").write_bytes(b"x")
    return tmp_path


def message(call, *arguments) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_ids_hold_hyphens_and_end_at_the_first_underscore(folder):
    videos = find_videos(folder)
    assert [video.name for video in videos] == ["2015-02-16-16-49-06", "2015-03-28-19-27-31-1"]
    assert videos[1].picture == folder / "2015-03-28-19-27-31-1_denoised.mp4"
    assert videos[1].sound == folder / "2015-03-28-19-27-31-1_denoised.wav"
    assert {video.split for video in videos} == {""}


def test_lists_choose_the_videos(folder):
    (folder / "train.txt").write_text("\ufeff2015-03-28-19-27-31-1\r\n\r\n", encoding="utf-8")
    (folder / "test.txt").write_text("")
    assert [(video.name, video.split) for video in find_videos(folder)] == [("2015-03-28-19-27-31-1", "train")]
    (folder / "test.txt").write_text("2015-02-16-16-49-06\n")
    assert [video.split for video in find_videos(folder)] == ["test", "train"]
    (folder / "test.txt").write_text("2015-03-28-19-27-31-1\n")
    assert "test.txt: lists 2015-03-28-19-27-31-1" in message(find_videos, folder)


@pytest.mark.parametrize("end", ["denoised.mp4", "denoised.wav", "times.txt"])
def test_an_absent_file_is_named_with_the_list_that_wants_it(folder, end):
    (folder / f"2015-02-16-16-49-06_{end}").unlink()
    if end != "times.txt":
        assert f"06_{end}: needed beside 2015-02-16-16-49-06_times.txt" in message(find_videos, folder)
    (folder / "train.txt").write_text("2015-02-16-16-49-06\n")
    assert f"06_{end}: named in train.txt but absent" in message(find_videos, folder)


@pytest.mark.parametrize("line", ["../elsewhere", "/etc/passwd", "..", "a/b"])
def test_a_list_that_leads_out_of_the_folder_is_refused(folder, line):
    (folder / "train.txt").write_text(f"{line}\n")
    assert f"train.txt: {line!r} is no id of a video" in message(find_videos, folder)


def test_an_empty_folder(tmp_path):
    assert "has no <id>_times.txt" in message(find_videos, tmp_path)


@pytest.mark.parametrize("name", ["", ".", "..", "._2015"])
def test_a_hidden_or_nameless_file_is_no_video(folder, name):
    """Sounds are called after the video: of "" and ".." they would lie elsewhere."""
    for end in ENDS:
        (folder / f"{name}_{end}").write_bytes(b"x")
    assert len(find_videos(folder)) == 2


def test_a_list_may_name_what_no_file_can_be_called(folder):
    (folder / "train.txt").write_text("n" * 300 + "\n")
    assert "named in train.txt but absent" in message(find_videos, folder)


def test_events_are_in_order_and_numbered_by_line(tmp_path):
    path = tmp_path / "a_times.txt"
    path.write_text("1.500000 None hit None\n\n0.250000 wood scratch rigid-motion\n")
    table = read_times(path)
    assert table.to_dict("list") == {
        "event": [1, 0],
        "onset": [0.25, 1.5],
        "material": ["wood", "None"],
        "action": ["scratch", "hit"],
        "reaction": ["rigid-motion", "None"],
    }


def test_no_lines_are_no_events(tmp_path):
    path = tmp_path / "a_times.txt"
    path.write_text("")
    table = read_times(path)
    assert len(table) == 0 and pd.api.types.is_float_dtype(table["onset"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("wood 0.5 hit static", "begins with 'wood'"),
        ("-0.5 wood hit static", "onset -0.5"),
        ("nan wood hit static", "onset nan"),
        ("inf wood hit static", "onset inf"),
        ("0.5 wood hit", "has 3 words"),
        ("0.5", "has 1 words"),
        ("0.5 wood hit static more", "has 5 words"),
        ("0,5 wood hit static", "begins with '0,5'"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, said):
    path = tmp_path / "a_times.txt"
    path.write_text(f"0.1 wood hit static\n{line}\n")
    found = message(read_times, path)
    assert found.startswith(f"{path}: line 2 ") and said in found


def test_a_file_that_is_no_text(tmp_path):
    path = tmp_path / "a_times.txt"
    path.write_bytes(b"\xff\xfe\x00\x81")
    assert str(path) in message(read_times, path)
    assert "no such file" in message(read_times, tmp_path / "b_times.txt")
