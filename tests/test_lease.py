"""Jobs beside each other on one machine have GPUs of their own, and give them back however they end."""

import logging
import os
import signal
import subprocess
import sys

import pytest

from impactsound import lease

JOB = """
import sys, time
from pathlib import Path
from impactsound.lease import take_gpus
print(*take_gpus(int(sys.argv[1]), 3, Path(sys.argv[2])), flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def given_back(monkeypatch):
    """No scheduler has set the variable; what a test has taken is given back."""
    monkeypatch.setenv(lease.VISIBLE, "")
    monkeypatch.delenv(lease.VISIBLE)
    yield
    while lease._held:
        lease._held.pop().close()


@pytest.fixture
def start(tmp_path):
    """Starts a job that takes GPUs of three and holds them."""
    jobs = []

    def started(wanted):
        jobs.append(
            subprocess.Popen([sys.executable, "-c", JOB, str(wanted), str(tmp_path)], stdout=subprocess.PIPE, text=True)
        )
        return jobs[-1], [int(number) for number in jobs[-1].stdout.readline().split()]

    yield started
    for job in jobs:
        job.kill()
        job.communicate()


def test_two_jobs_have_different_gpus_and_each_sees_its_own_alone(start, tmp_path):
    _, others = start(2)
    assert len(set(others)) == 2
    (mine,) = lease.take_gpus(1, 3, tmp_path)
    assert mine not in others and os.environ[lease.VISIBLE] == str(mine)


def test_a_killed_job_gives_its_gpus_back(start, tmp_path):
    job, taken = start(3)
    job.send_signal(signal.SIGKILL)
    job.wait()
    assert lease.take_gpus(3, 3, tmp_path) == taken == [0, 1, 2]


def test_where_too_few_are_free_none_is_taken_and_the_log_says_so(start, tmp_path, caplog):
    start(2)
    with caplog.at_level(logging.WARNING):
        assert lease.take_gpus(2, 3, tmp_path) == []
    assert lease.VISIBLE not in os.environ and "1 of 3" in caplog.text
    assert len(lease.take_gpus(1, 3, tmp_path)) == 1  # the free one was not kept


@pytest.mark.parametrize("given", ["1", ""])
def test_what_a_scheduler_has_given_stands(given, monkeypatch, tmp_path):
    monkeypatch.setenv(lease.VISIBLE, given)
    assert lease.take_gpus(1, 3, tmp_path) == [] and os.environ[lease.VISIBLE] == given


@pytest.mark.parametrize(("wanted", "there"), [(0, 3), (1, 1), (1, 0)])
def test_there_is_nothing_to_choose_for_no_gpu_or_of_one(wanted, there, tmp_path):
    assert lease.take_gpus(wanted, there, tmp_path) == [] and lease.VISIBLE not in os.environ
