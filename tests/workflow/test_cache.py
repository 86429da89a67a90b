"""Snakemake's cache between workflows: what one copy has made another takes, and ends with the same."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", re.MULTILINE | re.DOTALL)
RULES = {name: body for path in (ROOT / "rules").glob("*.smk") for name, body in RULE.findall(path.read_text())}
KEPT = {name for name, body in RULES.items() if "cache: KEPT" in body}
MADE = "results/tiny"


def ran(project) -> set[str]:
    """The rules whose scripts were run: their logs say on what device, where what is taken leaves an empty one."""
    return {path.name.split(".")[0] for path in (project.root / MADE / "logs").iterdir() if path.stat().st_size}


def files(project, *patterns) -> dict[str, bytes]:
    """What a project has made, by name."""
    folder = project.root / MADE
    return {str(path.relative_to(folder)): path.read_bytes() for one in patterns for path in folder.glob(one)}


def succeeded(done) -> str:
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def maker(cache, copy_to, tmp_path_factory):
    """A project that has filled the cache."""
    project = copy_to(tmp_path_factory.mktemp("maker") / "project")
    succeeded(project.snakemake("--cache"))
    return project


@pytest.fixture(scope="module")
def taker(maker, copy_to, tmp_path_factory):
    """A copy elsewhere, made with the help of the cache."""
    project = copy_to(tmp_path_factory.mktemp("taker") / "project")
    succeeded(project.snakemake("--cache"))
    return project


@pytest.fixture
def foreseen(maker, fresh):
    """The outputs that a copy would take from the cache, and those that it would make."""

    def look(**settings) -> tuple[set[str], set[str]]:
        said = succeeded(fresh.snakemake("--cache", "--dry-run", settings=settings))
        found = re.findall(r"Output file (\S+) will be (obtained from|written to) global", said)
        taken, made = ({file for file, how in found if how == one} for one in ("obtained from", "written to"))
        return {file.removeprefix(f"{MADE}/") for file in taken}, {file.removeprefix(f"{MADE}/") for file in made}

    return look


def test_what_is_kept_is_known_by_its_wildcards_too():
    assert len(KEPT) > 8
    for name in KEPT:
        assert "wildcards=as_params," in RULES[name], name
        # where a scheduler's machine runs a job, Snakemake asks for the checksum of each input
        assert "videos=" not in RULES[name].split("output:")[0], name


@pytest.mark.whole
def test_no_job_that_is_kept_runs_again(maker, taker):
    without_a_word = {"simulate"}
    without_a_job = {"embedding_training", "regressor_training"}  # which no table of this run needs
    assert KEPT - ran(maker) <= without_a_word | without_a_job
    assert ran(taker) == ran(maker) - KEPT
    assert not (taker.root / MADE / "vision" / "runs").exists()


@pytest.mark.whole
def test_both_end_with_what_a_run_without_a_cache_makes(finished, maker, taker):
    wanted = ("tables/*.csv", "tables/*.md", "*.h5", "onset/*.h5", "**/model.safetensors", "generated/*/0/*/*.wav")
    alone = files(finished, *wanted)
    assert len(alone) > 40
    for project in (maker, taker):
        made = files(project, *wanted)
        assert made.keys() == alone.keys()
        assert [name for name in made if made[name] != alone[name]] == []


@pytest.mark.whole
def test_nothing_is_to_be_done_again_with_the_cache_or_without(maker, taker):
    for project in (maker, taker):
        assert "Nothing to be done" in succeeded(project.snakemake("--cache"))
    assert taker.would_run() == set()


@pytest.mark.whole
def test_a_third_copy_would_take_all(foreseen):
    taken, made = foreseen()
    assert {"videos", "modes.h5", "vision/model.safetensors", "generated/physics/0.h5"} <= taken
    assert not made


@pytest.mark.whole
def test_an_edited_module_misses_for_what_depends_on_it_alone(fresh, foreseen):
    module = fresh.root / "workflow_scripts" / "impactsound" / "physics" / "estimate.py"
    module.write_text(module.read_text() + "\n# edited\n")
    taken, made = foreseen()
    assert {"modes.h5", "residual/model.safetensors", "residual.h5", "generated/physics/0.h5"} <= made
    assert {"videos", "visual.h5", "onset/model.safetensors", "networks/video/0/model.safetensors"} <= taken


@pytest.mark.whole
def test_a_changed_setting_misses_for_what_uses_it_alone(foreseen):
    taken, made = foreseen(sampling={"steps": 4})
    assert made and all(name.startswith("generated/") for name in made)
    assert {"modes.h5", "networks/physics/0/model.safetensors"} <= taken


@pytest.mark.whole
def test_another_seed_is_not_given_the_network_of_the_first(taker):
    first, other = (f"{MADE}/networks/video/{seed}/model.safetensors" for seed in (0, 1))
    succeeded(taker.snakemake(other, "--cache", settings={"seeds": [0, 1]}))
    assert (taker.root / first).read_bytes() != (taker.root / other).read_bytes()


@pytest.mark.whole
def test_without_the_cache_a_job_is_made_anew_and_not_through_the_link(cache, taker):
    modes = taker.root / MADE / "modes.h5"
    kept = modes.resolve()
    before, content = kept.stat(), modes.read_bytes()
    assert modes.is_symlink() and kept.is_relative_to(cache)
    succeeded(taker.snakemake(f"{MADE}/modes.h5", "--force"))
    assert not modes.is_symlink() and modes.read_bytes() == content
    assert (before.st_mtime_ns, before.st_ino) == (kept.stat().st_mtime_ns, kept.stat().st_ino)


@pytest.mark.whole
def test_a_job_apart_from_those_before_it_is_known_by_its_inputs(cache, taker):
    """So a scheduler's machine runs it: the others' rules are not in its DAG."""
    model = taker.root / MADE / "classifier" / "model.safetensors"
    alone = (f"{MADE}/classifier/model.safetensors", "--force", "--allowed-rules", "classifier_training", "--cache")
    content, log = model.read_bytes(), taker.root / MADE / "logs" / "classifier_training.log"
    for runs in (True, False):
        succeeded(taker.snakemake(*alone, "classifier_training"))
        assert bool(log.read_text()) == runs and model.read_bytes() == content


@pytest.mark.whole
def test_a_corpus_of_ones_own_is_known_by_its_files(cache, finished, copy_to, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(finished.root / MADE / "videos", own)
    settings, target = {"corpus": {"kind": "greatest_hits", "directory": str(own)}}, f"{MADE}/modes.h5"
    said = []
    for name in ("one", "other"):
        project = copy_to(tmp_path / name)
        said.append(succeeded(project.snakemake(target, "--cache", settings=settings)))
    assert [f"Moving output file {target}" in one for one in said] == [True, False]
    with next(own.glob("*_times.txt")).open("a") as file:
        file.write("9.0 wood hit static\n")
    assert {"manifest", "clips", "modes"} <= project.would_run(target, settings=settings)
