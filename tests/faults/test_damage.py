"""What was cut short or has a bit turned over is not read: a line names it, and says what to do, which helps."""

import random
import shutil

import pytest

from faults.corpus import FEWER, expected
from faults.damage import cut, kind, refusal, turn

pytestmark = pytest.mark.faults
SEED = 7
TABLE = "results/tiny/tables/comparison.csv"


@pytest.fixture(scope="module")
def files(undisturbed) -> dict[str, object]:
    """Every HDF5 and safetensors file of a finished run."""
    return {
        name: path for name, path in expected(undisturbed.project).items() if path.suffix in (".h5", ".safetensors")
    }


@pytest.mark.parametrize("damaged", [cut, turn])
def test_every_damaged_file_is_refused_in_a_line_that_names_it(files, tmp_path, damaged, tell):
    rng = random.Random(SEED)
    for name, path in files.items():
        copy, known = tmp_path / path.name, kind(path)
        assert refusal(path, known) is None, name
        shutil.copyfile(path, copy)
        damaged(copy, rng)
        line = refusal(copy, known)
        assert line is not None and str(copy) in line and "\n" not in line and "delete it" in line, f"{name}: {line}"
    tell(f"{len(files)} files, each damaged ({damaged.__name__}): all refused")


def test_deleting_it_as_the_line_says_makes_it_again(undisturbed, tmp_path):
    project = undisturbed.project
    path = project.root / "results" / "tiny" / "generated" / "physics" / "0.h5"
    whole = {file: file.read_bytes() for file in (path, project.root / TABLE)}
    turn(path, random.Random(SEED))
    done = project.snakemake(TABLE, settings=FEWER)
    output = done.stdout + done.stderr
    said = {line.strip() for line in output.splitlines() if line.strip().startswith("error: ")}
    assert done.returncode != 0 and "Traceback" not in output, output
    assert said == {
        f"error: {path.relative_to(project.root)}: is damaged or cut short; delete it to have it made again"
    }
    path.unlink()
    done = project.snakemake(TABLE, settings=FEWER)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(file.read_bytes() == content for file, content in whole.items())
