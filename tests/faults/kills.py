"""Kills at random moments of a run, and the run that is started again after each until it ends.

A kill is aimed at a stage: at a job of it, at Snakemake alone while that is at work, or at all of its processes. Its
moment is a share of the time that the stage takes undisturbed, or that in which a checkpoint is being written. A job
whose Snakemake was killed is held up until the next run has started the same again, as a slow one would be; then it
goes on, and half of them are killed, too, at a random moment.
"""

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

import psutil

from faults.corpus import results
from faults.running import Job, Jobs, latest, start
from workflow.conftest import Project

HOWS = ("job", "all", "job", "snakemake")  # in turn
AGAIN = ("--retries", "1")
LOOK = 0.05  # seconds between two looks
SLICE = 0.001  # seconds, a part of those that a small checkpoint takes
LATEST = 0.8  # of a stage's time undisturbed; later, it may have ended
LIMIT = 1800.0  # seconds for all of it, on a machine that is busy
RUNS = {"network_training": "networks/*/*/runs/model-*", "regressor_training": "networks/*/*/runs/regressor-*"}


@dataclass(frozen=True)
class Kill:
    """One kill: of what, and when, as a share of the stage's time; None: while it writes a checkpoint."""

    how: str
    when: float | None


def drawn(stages: Sequence[str], rng: random.Random) -> dict[str, list[Kill]]:
    """A kill of every stage, and of a training another, within a checkpoint."""
    hows = [HOWS[number % len(HOWS)] for number in range(len(stages))]
    rng.shuffle(hows)
    plan = {stage: [Kill(how, rng.uniform(0, LATEST))] for stage, how in zip(stages, hows, strict=True)}
    for stage in stages:
        if stage.endswith("_training"):
            plan[stage].append(Kill(rng.choice(HOWS[:2]), None))
    return plan


@dataclass(eq=False)
class Orphan:
    """A job whose Snakemake was killed; it stands still until `goes_on`, and is killed at `dies`, if at all."""

    job: Job
    goes_on: float | None = None
    dies: float | None = None


class Drill:
    """A run that is disturbed as planned.

    done: how often each stage was killed, by stage and how ("checkpoint": within one); starts: of Snakemake.
    """

    def __init__(self, project: Project, plan: Mapping[str, Sequence[Kill]], took: Mapping[str, Sequence[float]], rng):
        self.project, self.took, self.rng = project, took, rng
        self.left = {stage: list(kills) for stage, kills in plan.items()}
        self.due: dict[Job, tuple[Kill, float]] = {}
        self.orphans: list[Orphan] = []
        self.missed: set[str] = set()  # stages that have ended before their kill, and have not begun again
        self.done: Counter[tuple[str, str]] = Counter()
        self.starts, self.seconds = 0, 0.0

    def run(self) -> None:
        """Start Snakemake until it has ended well and nothing is left of the plan."""
        begun = time.monotonic()
        self.end = begun + LIMIT
        with self._all_ended():
            while self._once() or any(self.left.values()):
                pass
        self.seconds = time.monotonic() - begun

    def _once(self) -> int:
        """One run of Snakemake, unlocked afterwards if it was killed; returns its exit status."""
        again = ("--forcerun", *sorted(self.missed)) if self.missed else ()
        before = self.done.total()
        self.jobs = Jobs(self.project)
        self.process = start(self.project, *AGAIN, *again)
        self.starts += 1
        while self.process.poll() is None:
            assert time.monotonic() < self.end, f"it still ran after {LIMIT} s"
            self._look()
            time.sleep(LOOK)
        for job, (kill, _) in self.due.items():  # for the next run's
            self.left[job.stage].insert(0, kill)
        self.due.clear()
        status = self.process.returncode
        if status == -signal.SIGKILL:
            assert start(self.project, "--unlock").wait() == 0, latest(self.project)
        elif status == 0:
            self.missed |= {stage for stage, kills in self.left.items() if kills}
        else:
            assert self.done.total() > before, latest(self.project)
        return status

    def _look(self) -> None:
        """Note what has begun and what has ended, and kill what is due."""
        now = time.monotonic()
        for job in self.jobs.begun():
            self.missed.discard(job.stage)
            self._let_go_on(job.stage, now)
            if self.left.get(job.stage):
                kill = self.left[job.stage].pop(0)
                self.due[job] = kill, now + (kill.when or 0.0) * max(self.took[job.stage])
        for orphan in self.orphans:
            self._follow(orphan, now)
        for job, (kill, moment) in list(self.due.items()):
            if self.process.poll() is not None:
                return
            if not job.alive:
                self._miss(job, kill)
            elif now >= moment and (kill.when is not None or self._saves(job)):
                self._strike(job, kill)

    def _strike(self, job: Job, kill: Kill) -> None:
        """Kill, and count it by what it has met."""
        del self.due[job]
        if kill.how == "snakemake":
            job.process.suspend()
            self.orphans.append(Orphan(job))
            self.process.kill()
            self.process.wait()
        else:
            self._kill_all() if kill.how == "all" else job.process.kill()
            with suppress(psutil.NoSuchProcess):
                job.process.wait(10)
        within = kill.when is None and self._partial(job)
        self.done[job.stage, "checkpoint" if within else kill.how] += 1
        if kill.when is None and not within:  # it was written before the kill came
            self.left[job.stage].insert(0, kill)

    def _miss(self, job: Job, kill: Kill) -> None:
        """A job has ended before its kill. It is made again at once, where no other of its stage will come."""
        del self.due[job]
        if kill.when is None:  # from the start, since it would save nothing
            for run in results(self.project).glob(_runs(job.stage)):
                shutil.rmtree(run)
        self.left[job.stage].insert(0, kill if kill.when is None else replace(kill, when=kill.when / 2))
        if len(self.took[job.stage]) == 1:
            self.missed.add(job.stage)
            self._kill_all()

    def _kill_all(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _let_go_on(self, stage: str, now: float) -> None:
        """What was held up may go on, a moment after the same has begun once more."""
        for orphan in self.orphans:
            if orphan.job.stage == stage and orphan.goes_on is None:
                orphan.goes_on = now + self.rng.uniform(0, 1)
                if self.rng.random() < 0.5:
                    orphan.dies = orphan.goes_on + self.rng.uniform(0, max(self.took[stage]))

    def _follow(self, orphan: Orphan, now: float) -> None:
        """Do with a job that was held up what is due."""
        if orphan.goes_on is None or now < orphan.goes_on or not orphan.job.alive:
            return
        with suppress(psutil.NoSuchProcess):
            orphan.job.process.resume()
            if orphan.dies is not None and now >= orphan.dies:
                orphan.job.process.kill()
                orphan.dies = None
                self.done[orphan.job.stage, "orphan"] += 1

    def _saves(self, job: Job) -> bool:
        """Whether a training writes a checkpoint in the next moment, in which it is let work by the millisecond."""
        end = time.monotonic() + LOOK
        with suppress(psutil.NoSuchProcess):
            while time.monotonic() < end:
                job.process.suspend()
                if self._partial(job):
                    return True
                job.process.resume()
                time.sleep(SLICE)
        return False

    def _partial(self, job: Job) -> bool:
        """Whether there is a part of a checkpoint that a training writes."""
        with suppress(FileNotFoundError):
            found = results(self.project).glob(f"{_runs(job.stage)}/.partial-*")
            return any(path.stat().st_mtime > job.since for path in found)  # and none that an earlier kill has left
        return False

    @contextmanager
    def _all_ended(self) -> Iterator[None]:
        """End what this has started, whatever comes."""
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            for orphan in self.orphans:
                with suppress(psutil.NoSuchProcess):
                    orphan.job.process.kill()


def _runs(stage: str) -> str:
    """Where the checkpoints of a training lie, as a pattern."""
    return RUNS.get(stage, f"{stage.removesuffix('_training')}/runs/*")


def summary(done: Mapping[tuple[str, str], int]) -> str:
    """How often every stage was killed, by how."""
    hows = ("job", "all", "snakemake", "checkpoint", "orphan")
    rows = ["".join([f"{'':20}", *(f"{how:>11}" for how in hows)])]
    for stage in sorted({stage for stage, _ in done}):
        rows.append("".join([f"{stage:20}", *(f"{done.get((stage, how), ''):>11}" for how in hows)]))
    return "\n".join(rows)
