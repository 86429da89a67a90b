"""Two processes share a batch out and come to the weights of one; when the first is killed, the other ends."""

import signal
import subprocess
import sys

import torch

SCRIPT = """
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

from conftest import Regression
from impactsound.jobs import job

def kill(batch):
    if batch.step == 25 and os.environ["LOCAL_RANK"] == "0":
        os.kill(os.getpid(), signal.SIGKILL)
    return 1.0

with job(SimpleNamespace(log=["log"])):
    Regression().train(Path("run"), before=kill, dropout=0, devices=2)
"""


def test_two_processes_and_a_resumed_one_end_with_the_weights_of_one(regression, tmp_path, request):
    (tmp_path / "train.py").write_text(f"import sys\nsys.path.insert(0, {str(request.path.parent)!r})\n{SCRIPT}")
    killed = subprocess.Popen([sys.executable, "train.py"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    killed.communicate(timeout=120)  # until both have closed what they inherit
    assert killed.returncode == -signal.SIGKILL
    assert [line.split(" ", 2)[2] for line in (tmp_path / "log").read_text().splitlines()] == [
        "training on 2 x cpu, precision 32-true"
    ]

    steps = []
    network, history = regression.train(tmp_path / "run", before=lambda batch: steps.append(batch.step) or 1, dropout=0)
    assert steps == list(range(20, 40))
    whole, whole_history = regression.train(tmp_path / "whole", dropout=0)
    torch.testing.assert_close(network.layer.weight, whole.layer.weight, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(torch.tensor(history.values), torch.tensor(whole_history.values), rtol=1e-5, atol=1e-6)
