"""A project that no scheduler and no kill has disturbed, and reasons to skip."""

from importlib.util import find_spec

import pytest

from cluster.corpus import LONGER, TARGET
from workflow.conftest import Project, copied

PLUGINS = {"slurm": "snakemake_executor_plugin_slurm", "generic": "snakemake_executor_plugin_cluster_generic"}


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory) -> Project:
    """A project in which everything was made on this machine, without a scheduler; to be read."""
    project = copied(tmp_path_factory.mktemp("undisturbed") / "project")
    done = project.snakemake(TARGET, settings=LONGER)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture(scope="session")
def need():
    """Skips a test where an executor is missing."""

    def check(profile: str) -> None:
        if find_spec(PLUGINS[profile]) is None:
            pytest.skip(f"{PLUGINS[profile].replace('_', '-')} is not installed")

    return check
