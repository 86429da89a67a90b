"""Answers are read as they were saved; whatever is wrong with them is told with file and line."""

import re

import pandas as pd
import pytest

from impactsound.errors import InputError
from impactsound.evaluation.listening import KEY
from impactsound.evaluation.listening_answers import COLUMNS, read_answers

ROWS = [("k", f"i{number}", "c", "a", "b", "c", f"l{number}", f"r{number}", "left") for number in range(3)]
ASKED = pd.DataFrame(ROWS, columns=list(KEY))
HEADER = ",".join(COLUMNS)
GOOD = ["k,p,i0,l0,r0,left,1.5", "k,p,i1,l1,r1,right,2"]


def saved(folder, *lines, header=HEADER, name="a.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes("".join(f"{line}\n" for line in (header, *lines)).encode(encoding))
    return path


def test_answers_are_read_in_order_whatever_the_marks_and_ends_of_lines(tmp_path):
    plain = read_answers([saved(tmp_path, *GOOD)], ASKED)
    assert plain["item"].tolist() == ["i0", "i1"] and plain["chosen"].tolist() == ["left", "right"]
    assert plain["seconds"].tolist() == [1.5, 2.0]
    marked = saved(tmp_path, *GOOD, encoding="utf-8-sig")
    assert read_answers([marked], ASKED).equals(plain)
    marked.write_bytes(marked.read_bytes().replace(b"\n", b"\r\n"))
    assert read_answers([marked], ASKED).equals(plain)
    more = read_answers([marked, saved(tmp_path, "k,q,i0,l0,r0,right,3", name="b.csv")], ASKED)
    assert more["participant"].tolist() == ["p", "p", "q"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("other,p,i1,l1,r1,left,1", "is of study 'other' and the key of 'k'"),
        ("k,p,i9,l1,r1,left,1", "item 'i9' is not in the key"),
        ("k,p,i1,r1,l1,left,1", "left is 'r1' and in the key 'l1'"),
        ("k,p,i1,l1,r0,left,1", "right is 'r0' and in the key 'r1'"),
        ("k,p,i1,l1,r1,A,1", "chosen is 'A'; it is one of left, right"),
        ("k,p,i1,l1,r1,left,soon", "seconds is 'soon'"),
        ("k,p,i1,l1,r1,left,-1", "seconds is '-1'"),
        ("k,p,i1,l1,r1,left,nan", "seconds is 'nan'"),
        ("k,p,i1,l1,r1,left,inf", "seconds is 'inf'"),
        ("k,,i1,l1,r1,left,1", "names no participant"),
        ("k,p,i1,l1,r1,left", "more or fewer fields"),
        ("k,p,i1,l1,r1,left,1,2", "more or fewer fields"),
        ("k,p,i0,l0,r0,left,1", "a.csv: line 2; remove one"),
        ('k,p,i1,l1,r1,"left" x,1', "is not CSV"),
        ('k,p,i1,l1,r1,"left,1', "is not CSV"),
    ],
)
def test_a_wrong_line_is_told_by_file_and_number(tmp_path, line, message):
    path = saved(tmp_path, GOOD[0], line)
    with pytest.raises(InputError, match=f"^{re.escape(str(path))}: line 3.*{re.escape(message)}") as error:
        read_answers([path], ASKED)
    assert "\n" not in str(error.value)


def test_one_listener_in_two_files_is_told(tmp_path):
    first, second = saved(tmp_path, *GOOD), saved(tmp_path, GOOD[1], name="a (1).csv")
    with pytest.raises(
        InputError, match=re.escape(f"{second}: line 2: participant p answered this in {first}: line 3")
    ):
        read_answers([first, second], ASKED)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_told(tmp_path, column):
    path = saved(tmp_path, header=HEADER.replace(column, "x"))
    with pytest.raises(InputError, match=re.escape(f"{path}: line 1 has no column '{column}'")):
        read_answers([path], ASKED)


@pytest.mark.parametrize("content", [b"", HEADER.replace(",", ";").encode()])
def test_a_file_of_another_kind_is_told(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputError, match="line 1 has no column 'study'"):
        read_answers([tmp_path / "a.csv"], ASKED)


def test_a_file_without_answers_is_told(tmp_path):
    with pytest.raises(InputError, match=r"a\.csv: line 1: no answer follows"):
        read_answers([saved(tmp_path)], ASKED)


def test_another_encoding_is_told_by_its_line(tmp_path):
    path = saved(tmp_path, GOOD[0], "k,Zoë,i1,l1,r1,left,1", encoding="latin-1")
    with pytest.raises(InputError, match=r"a\.csv: line 3: is not UTF-8"):
        read_answers([path], ASKED)
    with pytest.raises(InputError, match=r"a\.csv: line 1: is not UTF-8"):
        read_answers([saved(tmp_path, *GOOD, encoding="utf-16")], ASKED)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match=r"none\.csv: cannot be read"):
        read_answers([tmp_path / "none.csv"], ASKED)


def test_no_file_at_all_is_told():
    with pytest.raises(InputError, match=r"listening\.answers is null"):
        read_answers([], ASKED)
