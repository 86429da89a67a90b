"""A reader sees all of a file or none; what a kill has left goes; a disk that is full is told by the file's name."""

import errno
import multiprocessing
import os
import signal

import pytest
from safetensors import SafetensorError

from impactsound.errors import InputError
from impactsound.files import atomic, beside, is_full, write_text


def killed(target, *arguments) -> None:
    """Run a function in a process that kills itself."""
    process = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def half_written(path) -> None:
    with atomic(path) as partial:
        partial.write_text("ha")
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "folder" / "file.txt"
    with atomic(path) as partial:
        partial.write_text("whole")
        assert not path.exists() and partial.name == path.name
    assert path.read_text() == "whole" and list(path.parent.iterdir()) == [path]


def test_after_an_error_all_is_as_it_was(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "before")
    with pytest.raises(KeyError), atomic(path) as partial:
        partial.write_text("after")
        raise KeyError
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


def test_what_a_kill_has_left_goes_when_the_same_is_written_and_nothing_else_does(tmp_path):
    for name in ("a", "b"):
        killed(half_written, tmp_path / name)
    assert len(list(tmp_path.iterdir())) == 2
    write_text(tmp_path / "a", "whole")
    (left,) = tmp_path.glob(".partial-*")
    assert [path.name for path in left.glob("*/*")] == ["b"]
    write_text(tmp_path / "b", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_of_two_that_write_the_same_file_the_later_one_has_it(tmp_path):
    path = tmp_path / "file.txt"
    with pytest.raises(FileNotFoundError), atomic(path) as first:
        first.write_text("first")
        write_text(path, "second")
    assert path.read_text() == "second" and list(tmp_path.iterdir()) == [path]


def test_a_name_may_be_as_long_as_the_file_system_allows(tmp_path):
    path = tmp_path / ("ä" * 127)
    write_text(path, "whole")
    assert path.read_text() == "whole"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "any words"),
        OSError(errno.EDQUOT, "any words"),
        SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)"),
        RuntimeError("Can't decrement id ref count (file write failed: error message = 'No space left on device')"),
        InputError("a.mp4: cannot be read by ffmpeg (Error writing trailer: No space left on device)"),
    ],
)
def test_a_full_disk_is_told_by_the_file_in_whatever_words_it_is_said(tmp_path, error):
    path = tmp_path / "file.h5"
    with pytest.raises(InputError) as caught, beside(path) as folder, atomic(folder / "within"):
        raise error
    assert str(caught.value).startswith(f"{path}: the disk is full") and list(tmp_path.iterdir()) == []


def test_what_an_error_arose_from_counts():
    try:
        try:
            raise OSError(errno.ENOSPC, "")
        except OSError:
            raise RuntimeError("cannot close") from None
    except RuntimeError as error:
        assert is_full(error)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "denied"), InputError("a.txt: is wrong"), ValueError()])
def test_another_error_stays_what_it_is(tmp_path, error):
    with pytest.raises(type(error)) as caught, atomic(tmp_path / "file"):
        raise error
    assert caught.value is error
