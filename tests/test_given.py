"""A file that is given is looked at before it is opened."""

import os

import pytest

from impactsound.errors import InputError
from impactsound.given import is_file, read_text


def test_only_a_file_is_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "text").write_text("a")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / "zero", tmp_path / ("n" * 300), "a\0b"):
        assert not is_file(path)
        with pytest.raises(InputError, match="no such file; write it"):
            read_text(path, "write it")
    assert is_file(tmp_path / "text") and read_text(tmp_path / "text", "write it") == "a"


def test_what_is_too_large_or_no_text_is_refused(tmp_path):
    (tmp_path / "large").write_bytes(b"a" * 11)
    (tmp_path / "latin").write_bytes("ü".encode("latin-1"))
    (tmp_path / "marked").write_bytes("ü".encode("utf-8-sig"))
    with pytest.raises(InputError, match="large: has 11 bytes, and 10 are the most"):
        read_text(tmp_path / "large", "cut it", largest=10)
    with pytest.raises(InputError, match="latin: is not a text file"):
        read_text(tmp_path / "latin", "write it")
    assert read_text(tmp_path / "marked", "write it") == "ü"
