"""A SLURM of one node with two stand-in GPUs, from Debian's packages; as root, without systemd.

Its configuration must lie in /etc/slurm, for the executor hides SLURM's variables from its jobs.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("slurm-wlm", "munge")
DAEMONS = ("munged", "slurmctld", "slurmd")
ETC = Path("/etc/slurm")
MUNGE = Path("/run/munge")
MARK = "# of impactsound's tests\n"
MEMORY = 16000  # MB that the node is said to have: what jobs ask for is much more than the tiny corpus takes

CONFIG = """\
ClusterName=impactsound
SlurmctldHost={host}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# a requeued job starts again when the credential of its last start has expired
AuthInfo=cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# SLURM's own record of which task got which GPUs
TaskProlog={folder}/prolog
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
KillWait=5
MinJobAge=3600
ReturnToService=2
MailProg=/bin/true
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobcomp.txt
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
NodeName={host} CPUs=2 RealMemory={memory} Gres=gpu:2
PartitionName=cpu Nodes={host} Default=YES MaxTime=UNLIMITED
PartitionName=gpu Nodes={host} MaxTime=UNLIMITED
"""
GRES = """\
Name=gpu File=/dev/zero
Name=gpu File=/dev/full
"""
PROLOG = """\
#!/bin/sh
echo "$SLURM_JOB_ID $SLURM_STEP_ID $CUDA_VISIBLE_DEVICES" >> {folder}/devices
"""


@dataclass(frozen=True)
class Slurm:
    """A running SLURM."""

    folder: Path

    def jobs(self) -> list[dict[str, str]]:
        """Every job since it started, as `scontrol show job` describes it."""
        lines = said("scontrol", "--oneliner", "show", "job").splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if line.startswith("JobId")]

    def of(self, rule: str) -> list[dict[str, str]]:
        """The jobs whose rule and wildcards, as the executor comments them, contain this, the first first."""
        return sorted((job for job in self.jobs() if rule in job["Comment"]), key=lambda job: int(job["JobId"]))

    def completions(self) -> list[dict[str, str]]:
        """The record that SLURM keeps of ended jobs, a line each time that one ends."""
        path = self.folder / "jobcomp.txt"
        return [dict(re.findall(r"(\w+)=(\S*)", line)) for line in path.read_text().splitlines()]

    def devices(self) -> dict[str, set[str]]:
        """What CUDA_VISIBLE_DEVICES was in the steps of each job that was given GPUs."""
        found: dict[str, set[str]] = {}
        for line in (self.folder / "devices").read_text().splitlines():
            job, _, devices = line.split(" ", 2)
            if devices:
                found.setdefault(job, set()).add(devices)
        return found


def said(*command: str) -> str:
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def why_not() -> str | None:
    """Why there can be no such SLURM here, after its packages were fetched where that is possible; or None."""
    if os.geteuid():
        return "only root can start a SLURM"
    configured = ETC / "slurm.conf"
    if configured.exists() and not configured.read_text().startswith(MARK):
        return "this machine has a SLURM of its own"
    if all(map(shutil.which, DAEMONS)):
        return None
    if not shutil.which("apt-get"):
        return "SLURM's packages can be had on Debian only"
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True, "text": True}
    subprocess.run(["apt-get", "update", "-q"], **quiet)
    done = subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", *PACKAGES], **quiet)
    if done.returncode:
        return f"SLURM's packages cannot be had: {done.stderr.strip().splitlines()[-1]}"
    return None


@contextmanager
def started(folder: Path) -> Iterator[Slurm]:
    """A SLURM whose files lie in a folder; its daemons end with the block."""
    _configure(folder)
    try:
        _start_munge(folder)
        subprocess.run(["slurmctld", "-c"], check=True)
        subprocess.run(["slurmd"], check=True)
        _until(_idle, 60, f"SLURM does not start: see {folder}/*.log")
        yield Slurm(folder)
    finally:
        with suppress(subprocess.SubprocessError, OSError):
            said("scancel", "--user=root")
        _stop(folder)
        for name in ("slurm.conf", "gres.conf"):
            (ETC / name).unlink(missing_ok=True)


def _configure(folder: Path) -> None:
    if (ETC / "slurm.conf").exists():  # left by a test that was killed
        _stop(Path(re.search(r"^StateSaveLocation=(.*)/state$", (ETC / "slurm.conf").read_text(), re.MULTILINE)[1]))
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    ETC.mkdir(exist_ok=True)
    host = socket.gethostname().split(".")[0]
    (ETC / "slurm.conf").write_text(MARK + CONFIG.format(host=host, folder=folder, memory=MEMORY))
    (ETC / "gres.conf").write_text(MARK + GRES)
    (folder / "devices").touch()
    (folder / "jobcomp.txt").touch()
    prolog = folder / "prolog"
    prolog.write_text(PROLOG.format(folder=folder))
    prolog.chmod(0o755)


def _start_munge(folder: Path) -> None:
    """Start munged, which vouches for who asks SLURM for what, unless it runs already."""
    if (MUNGE / "munge.socket.2").is_socket():
        with suppress(subprocess.SubprocessError):
            said("munge", "--no-input")
            return
    MUNGE.mkdir(exist_ok=True)
    shutil.chown(MUNGE, "munge")
    subprocess.run(["runuser", "--user", "munge", "--", "munged", "--force"], check=True)
    shutil.copy(MUNGE / "munged.pid", folder / "munged.pid")


def _stop(folder: Path) -> None:
    """End the daemons whose files lie in a folder, by the ids that they wrote down, and wait for each."""
    for name in reversed(DAEMONS):
        pid_file = folder / f"{name}.pid"
        process = Path("/proc") / (pid_file.read_text().strip() if pid_file.is_file() else "none") / "comm"
        if process.is_file() and process.read_text().strip() == name:
            os.kill(int(process.parent.name), signal.SIGTERM)
            _until(lambda process=process: not process.exists(), 20, f"{name} does not end: see {folder}/*.log")


def _idle() -> bool:
    """Whether the node waits for work."""
    with suppress(subprocess.SubprocessError):
        return said("sinfo", "--noheader", "--format=%T", "--partition=cpu").strip() == "idle"
    return False


def _until(done: Callable[[], bool], seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(0.1)
