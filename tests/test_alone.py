"""A lock is one process's, and ends with it."""

import multiprocessing
import os
import signal
import socket
import threading

import pytest

from impactsound.alone import alone

fork = multiprocessing.get_context("fork")


def refuse(holder: str) -> None:
    raise AssertionError(f"{holder} has it")


@pytest.fixture
def other(tmp_path):
    """A process that holds a lock until it is killed."""
    has = fork.Event()

    def hold() -> None:
        with alone(tmp_path / "lock", refuse):
            has.set()
            signal.pause()

    process = fork.Process(target=hold)
    process.start()
    assert has.wait(60)
    yield process
    process.kill()
    process.join()


def test_a_lock_that_is_free_is_had_at_once_and_again(tmp_path):
    for _ in range(2):
        with alone(tmp_path / "lock", refuse):
            assert (tmp_path / "lock").read_text() == f"process {os.getpid()} of {socket.gethostname()}"


def test_one_that_another_process_has_is_had_when_that_is_killed(tmp_path, other):
    said, had = [], threading.Event()

    def wait() -> None:
        with alone(tmp_path / "lock", said.append):
            had.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not had.wait(0.2) and said == [f"process {other.pid} of {socket.gethostname()}"]
    other.kill()
    thread.join(60)
    assert had.is_set()


def test_where_there_are_no_locks_none_is_held(tmp_path, monkeypatch):
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("impactsound.alone.fcntl.flock", unsupported)
    with alone(tmp_path / "lock", refuse):
        pass
