"""A lock is one process's, and ends with it."""

import json
import multiprocessing
import os
import signal
import time

import pytest

from impactsound.alone import alone
from impactsound.errors import InputError

fork = multiprocessing.get_context("fork")


def refuse(line: str) -> None:
    raise AssertionError(line)


def test_a_lock_that_is_free_is_had_at_once_and_again(tmp_path):
    for _ in range(2):
        with alone(tmp_path / "lock", refuse):
            assert json.loads((tmp_path / "lock").read_text())["process"] == os.getpid()


def hold(path, has=None) -> None:
    with alone(path, refuse):
        if has:
            has.set()
            signal.pause()


def test_one_that_a_process_has_is_had_when_that_is_killed(tmp_path):
    """A later process waits for an earlier one."""
    path, has, had = tmp_path / "lock", fork.Event(), fork.Event()
    first = fork.Process(target=hold, args=(path, has))
    first.start()
    assert has.wait(60)

    def wait() -> None:
        with alone(path, lambda line: os.write(out, line.encode())):
            had.set()

    said, out = os.pipe()
    second = fork.Process(target=wait)
    second.start()
    line = os.read(said, 1000).decode()
    assert line.startswith(f"{path}: held by process {first.pid} of ") and not had.wait(0.2)
    first.kill()
    assert had.wait(60)
    second.join(60)
    first.join(60)


def test_an_earlier_process_does_not_begin_after_a_later_one(tmp_path):
    path = tmp_path / "lock"
    time.sleep(0.02)  # two ticks of the system's clock of processes
    later = fork.Process(target=hold, args=(path,))
    later.start()
    later.join(60)
    signed = path.read_text()
    said = f"lock: the same was begun again by process {later.pid}; this one ends"
    with pytest.raises(InputError, match=said), alone(path, refuse):
        raise AssertionError("it has begun")
    assert path.read_text() == signed


@pytest.mark.parametrize("signed", ["", "{", json.dumps({"boot": "another", "started": 10**12, "process": 1})])
def test_what_another_machine_or_a_full_disk_has_left_does_not_matter(tmp_path, signed):
    path = tmp_path / "lock"
    path.write_text(signed)
    with alone(path, refuse):
        assert json.loads(path.read_text())["process"] == os.getpid()


def test_where_there_are_no_locks_none_is_held(tmp_path, monkeypatch):
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("impactsound.alone.fcntl.flock", unsupported)
    with alone(tmp_path / "lock", refuse):
        pass
