"""The profiles ask for enough, for more at the next attempt, and leave the GPUs of a cluster uncounted."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CLUSTERS = ("slurm", "generic")
ROW = re.compile(r"^\| (\w+) +\| (\d+) +\| ([\d.]+) +\| ([\d.]+) +\| ([\d.]+) +\| \w+ +\|$", re.MULTILINE)


def profile(name):
    return yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())


def asked(name, rule, attempt, megabytes=0.0):
    """MB and minutes that a profile asks for a rule's job, its inputs being of this size."""
    settings = profile(name)
    texts = settings["default-resources"] | settings["set-resources"].get(rule, {})
    names = {"attempt": attempt, "input": SimpleNamespace(size_mb=megabytes)}
    return tuple(eval(texts[key], names) for key in ("mem_mb", "runtime"))


def measured():
    """Jobs, seconds in all and MiB of every stage of the demo with all studies, as benchmarks/tables.md lists them."""
    table = (ROOT / "benchmarks" / "tables.md").read_text().split("## Time by stage")[1]
    rows = {stage: (int(jobs), float(wall), float(memory)) for stage, jobs, wall, _, memory in ROW.findall(table)}
    return {stage: row for stage, row in rows.items() if stage != "all"}


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_job_is_given_at_least_twice_what_the_demo_has_needed(name):
    assert len(measured()) > 20
    for stage, (jobs, wall, memory) in measured().items():
        megabytes, minutes = asked(name, stage, attempt=1)
        assert megabytes > 2 * memory * 2**20 / 1e6, stage
        assert minutes > 2 * wall / jobs / 60, stage


@pytest.mark.parametrize("name", CLUSTERS)
@pytest.mark.parametrize("rule", ["clips", "network_training"])
def test_an_attempt_has_more_of_both_than_the_one_before_and_a_larger_input_more_memory(name, rule):
    first, second = asked(name, rule, 1, 100.0), asked(name, rule, 2, 100.0)
    assert second[0] > 1.9 * first[0] and second[1] == 2 * first[1]
    assert asked(name, rule, 1, 1000.0)[0] > first[0] + 900
    assert isinstance(first[0], int)


@pytest.mark.parametrize("name", CLUSTERS)
def test_the_rules_that_a_profile_names_are_there_and_the_clusters_gpus_are_not_counted(name):
    rules = re.findall(r"^rule (\w+):", "\n".join(path.read_text() for path in ROOT.glob("rules/*.smk")), re.MULTILINE)
    settings = profile(name)
    assert settings["set-resources"].keys() <= set(rules)
    assert "resources" not in settings
    assert settings["retries"] >= 1 and settings["rerun-incomplete"] and settings["scheduler"] == "greedy"


ANSWERS = {
    "job_state = R": "running",
    "job_state = Q": "running",
    "job_state = F\n    Exit_status = 0": "success",
    "job_state = F\n    Exit_status = 1": "failed",
    "job_state = F\n    Exit_status = -11": "failed",
    "job_state = F": "failed",  # deleted before it ran
}


@pytest.mark.parametrize(
    ("answer", "code", "word"), [*((a, 0, w) for a, w in ANSWERS.items()), ("", 153, "failed"), ("", 1, "running")]
)
def test_what_pbs_says_of_a_job_is_one_word(answer, code, word, tmp_path, monkeypatch):
    qstat = tmp_path / "qstat"
    qstat.write_text(f"#!/bin/sh\ncat <<.\nJob Id: $3\n    {answer}\n    substate = 92\n.\nexit {code}\n")
    qstat.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    command = [ROOT / "profiles" / "generic" / "status.sh", "17.server"]
    assert subprocess.run(command, capture_output=True, text=True).stdout == word + "\n"
