"""A script's messages go to its log, and a user's error is one line there and on the terminal."""

import errno
import fcntl
import io
import logging
import re
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from impactsound.errors import InputError
from impactsound.jobs import device, device_name, devices, job, logged_device


@pytest.fixture
def rule(tmp_path):
    return SimpleNamespace(log=[str(tmp_path / "logs" / "rule.log")], threads=1, resources={"gpu": 0})


def read(rule):
    return Path(rule.log[0]).read_text(encoding="utf-8")


def test_prints_logs_and_warnings_end_in_the_log(rule, capfd):
    with job(rule) as log:
        print("printed")
        log.info("logged")
        warnings.warn("warned", stacklevel=1)
    logging.captureWarnings(False)
    assert all(word in read(rule) for word in ("printed", "logged", "warned"))
    assert "printed" not in capfd.readouterr().out


def test_an_input_error_is_one_line_and_ends_the_script(rule, monkeypatch, tmp_path):
    with (tmp_path / "terminal").open("w+") as terminal:
        monkeypatch.setattr(sys, "__stderr__", terminal)
        with pytest.raises(SystemExit) as caught, job(rule):
            raise InputError("a_times.txt: line 2 is wrong")
        terminal.seek(0)
        assert terminal.read() == read(rule) == "error: a_times.txt: line 2 is wrong\n"
    assert caught.value.code == 1


def test_a_process_that_helps_with_a_training_adds_its_warnings_to_the_log(rule, monkeypatch):
    with job(rule) as log:
        log.info("of the first")
    monkeypatch.setenv("LOCAL_RANK", "1")
    with job(rule) as log:
        log.info("of the second")
        log.warning("a warning")
    logging.captureWarnings(False)
    assert [line.split(" ", 2)[2] for line in read(rule).splitlines()] == ["of the first", "device 1: a warning"]


def test_the_device_follows_the_granted_gpu_and_the_machine(rule, monkeypatch):
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    monkeypatch.setattr(torch.cuda, "get_device_name", str)
    try:
        for granted, there, expected in ((0, True, "cpu"), (1, False, "cpu"), (1, True, "cuda")):
            monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
            rule.resources["gpu"] = granted
            assert device(rule) == expected
        monkeypatch.setenv("LOCAL_RANK", "2")
        assert device(rule) == "cuda:2"
        assert torch.get_num_threads() == rule.threads
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)


def test_a_training_has_the_gpus_that_are_granted_and_there_but_at_least_one_device(rule, monkeypatch):
    for granted, there, expected in ((0, 4, 1), (1, 0, 1), (2, 4, 2), (8, 4, 4)):
        monkeypatch.setattr(torch.cuda, "device_count", lambda there=there: there)
        rule.resources["gpu"] = granted
        assert devices(rule) == expected


@pytest.mark.parametrize(("granted", "name"), [(1, "NVIDIA H100"), (0, "cpu")])
def test_the_log_says_what_the_job_computes_on(rule, monkeypatch, granted, name):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda place: "NVIDIA H100")
    rule.resources["gpu"] = granted
    deterministic = torch.are_deterministic_algorithms_enabled()
    try:
        with job(rule) as log:
            device(rule)
            log.info("training on 1 device: it takes a while")
    finally:
        logging.captureWarnings(False)
        torch.use_deterministic_algorithms(deterministic)
    assert device_name(rule) == name
    assert logged_device(Path(rule.log[0])) == name


def test_a_job_without_torch_computes_on_the_cpu(rule):
    assert logged_device(Path(rule.log[0])) == "cpu"
    with job(rule) as log:
        log.info("150 videos")
    logging.captureWarnings(False)
    assert logged_device(Path(rule.log[0])) == "cpu"


def test_a_full_disk_is_one_line_with_the_file_and_ends_the_script(rule, capfd):
    rule.output = ["results/model.safetensors"]
    for name in (None, "results/events"):
        with pytest.raises(SystemExit) as caught, job(rule):
            raise OSError(errno.ENOSPC, "No space left on device", name)
        assert caught.value.code == 1
        assert re.fullmatch(f"error: {name or rule.output[0]}: the disk is full, .*\n", read(rule))


def test_a_log_that_cannot_be_written_hides_no_error(rule, monkeypatch):
    Path(rule.log[0]).parent.mkdir()
    Path(rule.log[0]).symlink_to("/dev/full")
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", terminal)
    with pytest.raises(SystemExit), job(rule):
        raise InputError("a_times.txt: line 2 is wrong")
    assert terminal.getvalue() == "error: a_times.txt: line 2 is wrong\n"


def test_a_job_that_was_begun_again_ends_before_it_touches_the_log(rule, monkeypatch):
    @contextmanager
    def taken(path, say):
        say("waiting")
        raise InputError(f"{path}: was begun again")
        yield

    Path(rule.log[0]).parent.mkdir()
    Path(rule.log[0]).write_text("of the later one")
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", terminal)
    monkeypatch.setattr("impactsound.jobs.alone", taken)
    with pytest.raises(SystemExit), job(rule):
        raise AssertionError("it was not to begin")
    assert re.fullmatch(r"waiting\nerror: \S+/\.rule\.log\.lock: was begun again\n", terminal.getvalue())
    assert read(rule) == "of the later one"


def test_the_lock_of_a_job_is_free_after_it(rule):
    for _ in range(2):
        with job(rule):
            (lock,) = Path(rule.log[0]).parent.glob(".*.lock")
            with lock.open() as file, pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
