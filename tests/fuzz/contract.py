"""What every call must keep: it succeeds, or says in one line that names the file what is wrong with it.

Each call is made in a process of its own, so that a crash or a hang ends with it. Where it may
write is one folder; all else that lies there is looked at before and after.
"""

import faulthandler
import os
import resource
import select
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from impactsound.errors import InputError

LIMIT = 60.0  # seconds; a call that takes longer hangs
MEMORY = 4 << 30  # bytes of a call, with all that was imported before it
BUDGET = 560.0  # seconds from the first call, after which no more are made: `make fuzz` takes ten minutes at most
OK, REFUSED = "taken", "refused"


@dataclass
class Ledger:
    """How many calls were made, by their kind and how they ended, and what they wrote where they must not."""

    calls: Counter = field(default_factory=Counter)
    skipped: Counter = field(default_factory=Counter)
    outside: int = 0
    slowest: tuple[float, str] = (0.0, "")
    begun: float | None = None

    def over(self, kind: str) -> bool:
        """Whether there is no time for another call."""
        self.begun = self.begun or time.monotonic()
        late = time.monotonic() - self.begun > BUDGET
        self.skipped[kind] += late
        return late

    def lines(self) -> list[str]:
        """What is said at the end."""
        kinds = dict.fromkeys(kind for kind, _ in self.calls)
        rows = [(kind, *(self.calls[kind, how] for how in (OK, REFUSED))) for kind in kinds]
        said = [f"{taken + refused:6d} {kind} ({taken} {OK}, {refused} {REFUSED})" for kind, taken, refused in rows]
        total, late = sum(self.calls.values()), sum(self.skipped.values())
        said.append(f"{total:6d} inputs tried{f'; {late} left out for lack of time' if late else ''}")
        said.append(f"tracebacks: 0, hangs: 0 (the slowest call, {self.slowest[1]}, took {self.slowest[0]:.1f} s)")
        return [*said, f"bytes written outside the result folder: {self.outside}"]


LEDGER = Ledger()


@dataclass(frozen=True)
class Ended:
    """How a call ended: "" or why not well, its exit status where it is a command, and what it printed as errors."""

    said: str
    status: int
    stderr: str


class Ground:
    """Where calls are made: they read `given`, may write to `results` and have no business in `sentinel`."""

    def __init__(self, root: Path):
        self.root = root
        self.given, self.results, self.sentinel = (root / name for name in ("given", "results", "sentinel"))
        for folder in (self.given, self.results, self.sentinel):
            folder.mkdir(parents=True)
        for name in ("a_dubbed.mp4", "000.wav", "manifest.csv", "model.json"):
            (self.sentinel / name).write_text("as it was")

    def tried(self, kind: str, call: Callable[[], object], *names: str, how: Callable | None = None) -> bool:
        """Make a call and see that it keeps the contract; whether it succeeded.

        Args:
            names: of which the error must say one.
            how: the call is made, in a process of its own (`forked`) or `here`.
        """
        if LEDGER.over(kind):
            return False
        ended = self._made(kind, call, how or forked)
        assert not ended.stderr or "Traceback" not in ended.stderr, ended.stderr
        if ended.said:
            assert any(name in ended.said for name in names), f"{names} not in: {ended.said}"
            assert "\n" not in ended.said, ended.said
            assert len(ended.said) < 2000, ended.said[:2000]
        LEDGER.calls[kind, REFUSED if ended.said else OK] += 1
        return not ended.said

    def command(self, kind: str, *words: str | Path) -> bool:
        """Run the command `impactsound`; whether it succeeded. An error is one line, and its status 1 or 2."""
        if LEDGER.over(kind):
            return False
        from impactsound.commands import main

        ended = self._made(kind, lambda: main([os.fspath(word) for word in words]), forked)
        assert not ended.said, ended.said
        assert "Traceback" not in ended.stderr, ended.stderr
        self.judged(kind, ended.status, ended.stderr)
        return ended.status == 0

    def judged(self, kind: str, status: int, stderr: str) -> None:
        """See that a command ended as it may."""
        assert status in (0, 1, 2), (status, stderr)
        assert status == 0 or (stderr.count("\n") == 1 and stderr.startswith("impactsound")), stderr
        LEDGER.calls[kind, REFUSED if status else OK] += 1

    def _made(self, kind: str, call: Callable[[], object], how: Callable) -> Ended:
        before, start = self.snapshot(), time.monotonic()
        ended = how(call, self.results)
        took = time.monotonic() - start
        LEDGER.slowest = max(LEDGER.slowest, (took, kind))
        assert took < LIMIT, f"{kind}: took {took:.0f} s"
        changed = before ^ self.snapshot()
        LEDGER.outside += sum(size for _, size, _ in changed)
        assert not changed, f"{kind}: wrote to {sorted(changed)}"
        return ended

    def snapshot(self) -> set[tuple[str, int, int]]:
        """Every path but of `results`, with its size and when it was changed."""
        found = set()
        for folder, inner, files in os.walk(self.root):
            if Path(folder) == self.root:
                inner.remove(self.results.name)
            for name in (*inner, *files):
                status = os.lstat(Path(folder) / name)
                found.add((os.path.join(folder, name), status.st_size, status.st_mtime_ns))  # noqa: PTH118
        return found


class Hang(BaseException):
    """A call took longer than it may."""


def here(call: Callable[[], object], folder: Path) -> Ended:
    """Make a call that only computes, in a folder, in this process: of such there are many."""

    def stop(*_):
        raise Hang

    before, handler = Path.cwd(), signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LIMIT)
    os.chdir(folder)
    try:
        call()
    except InputError as error:
        return Ended(str(error) or "an InputError without a word", 0, "")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        os.chdir(before)
    return Ended("", 0, "")


def forked(call: Callable[[], object], folder: Path) -> Ended:
    """Make a call in a process of its own, in a folder; what it starts ends with it."""
    with tempfile.TemporaryFile("w+") as report, tempfile.TemporaryFile("w+") as printed:
        child = os.fork()
        if child == 0:
            _child(call, folder, report, printed)
        waiting = os.pidfd_open(child)
        late = not select.select([waiting], [], [], LIMIT)[0]
        os.close(waiting)
        if late:
            os.killpg(child, signal.SIGKILL)
        _, status, used = os.wait4(child, 0)
        for file in (report, printed):
            file.seek(0)
        stderr = printed.read()
        assert not late, f"a hang of more than {LIMIT:.0f} s; {stderr}"
        assert os.WIFEXITED(status), f"ended by signal {os.WTERMSIG(status)}; {stderr}"
        assert used.ru_maxrss * 1024 < MEMORY, f"took {used.ru_maxrss >> 20} GiB"
        code = os.WEXITSTATUS(status)
        said = report.read()
        assert code != CRASHED, said
        return Ended(said, code, stderr)


CRASHED = 99


def _child(call: Callable[[], object], folder: Path, report, printed) -> None:
    """Make the call, write what it says and leave, without the tests' own ending."""
    code = CRASHED
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))  # of ffmpeg, too
        os.chdir(folder)
        with open(os.devnull, "r+") as nothing:  # noqa: PTH123
            os.dup2(nothing.fileno(), 0)
            os.dup2(nothing.fileno(), 1)
        os.dup2(printed.fileno(), 2)
        faulthandler.enable(2)
        found = call()
        code = found if isinstance(found, int) and not isinstance(found, bool) else 0
    except InputError as error:
        report.write(str(error) or "an InputError without a word")
        code = 0
    except SystemExit as stopped:
        code = stopped.code if isinstance(stopped.code, int) else CRASHED
    except BaseException:
        report.write(traceback.format_exc())
    finally:
        report.flush()
        os._exit(code)
