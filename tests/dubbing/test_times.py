"""Times that people give are taken as they stand, or refused by the line that is wrong."""

import pytest

from impactsound.dubbing.times import beside, given_times
from impactsound.errors import InputError


def written(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a_times.txt", "1.5 glass hit static\n0.25\n"),
        ("a.csv", "1.5,glass\n0.25,wood\n"),
        ("a.csv", "name,onset\nx,1.5\n\ny,0.25\n"),
        ("a.csv", "\ufeffTime\n0.25\n1.5\n"),
    ],
)
def test_files_of_times(tmp_path, name, text):
    assert given_times(written(tmp_path, name, text), 2.0) == [0.25, 1.5]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a_times.txt", "0.5\nsoon\n", r"a_times\.txt: line 2 begins with 'soon'"),
        ("a_times.txt", "0.5\n2.5\n", r"a_times\.txt: the time 2\.5 s is outside the video, which lasts 2\.000 s"),
        ("a.csv", "onset\n0.5\nnan\n", r"a\.csv: line 3 is no time"),
        ("a.csv", "name,onset\nx\n", r"a\.csv: line 2 is no time"),
        ("a.csv", "0.5\n-0.1\n", r"a\.csv: line 2: the time -0\.1 s is outside"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, name, text, said):
    with pytest.raises(InputError, match=said):
        given_times(written(tmp_path, name, text), 2.0)


@pytest.mark.parametrize("words", ["0.5,x", "", "1,,2", "inf", "3"])
def test_wrong_words_are_refused(words):
    with pytest.raises(InputError, match="--times"):
        given_times(words, 2.0)


def test_a_file_that_is_absent(tmp_path):
    for name in ("a.csv", "a_times.txt"):
        with pytest.raises(InputError, match="no such file"):
            given_times(tmp_path / name, 2.0)


def test_the_file_beside_a_video(tmp_path):
    assert beside(tmp_path / "clip.mp4") is None
    written(tmp_path, "clip_times.txt", "")
    assert beside(tmp_path / "clip.mp4") == tmp_path / "clip_times.txt"


def test_very_many_times_in_words():
    """More signs than a name of a file can have."""
    times = [number / 1000 for number in range(1000)]
    assert given_times(",".join(map(str, times)), 2.0) == times


def test_a_file_without_an_end_is_not_read(tmp_path):
    for name in ("zero.csv", "zero.txt"):
        (tmp_path / name).symlink_to("/dev/zero")
        with pytest.raises(InputError, match="no such file"):
            given_times(tmp_path / name, 2.0)
