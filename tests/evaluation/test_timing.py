"""The table of time says what Snakemake's benchmarks say, and its totals are those of its rows."""

import numpy as np
import pandas as pd
import pytest
from snakemake.benchmark import BenchmarkRecord, write_benchmark_records

from impactsound.errors import InputError
from impactsound.evaluation.pictures import as_png, as_svg
from impactsound.evaluation.timing import ALL, jobs_table, stages_table
from impactsound.evaluation.timing_figure import timing_figure

STAGES = ["modes", "network_training", "report"]


def leave(folder, job, *seconds, cpu=None, memory=100.0, device=None):
    """A benchmark as Snakemake writes it, and the job's log."""
    for name in ("benchmarks", "logs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    records = [BenchmarkRecord(running_time=time, cpu_time=cpu, max_rss=memory) for time in seconds]
    for record in records:
        record.data_collected = cpu is not None
    write_benchmark_records(records, str(folder / "benchmarks" / f"{job}.tsv"), False)
    said = f"2026-01-01 00:00:00,000 device: {device}\n" if device else "nothing\n"
    (folder / "logs" / f"{job}.log").write_text(said)


@pytest.fixture
def folder(tmp_path):
    leave(tmp_path, "report", 2.5, cpu=2.0)
    leave(tmp_path, "network_training.video.10", 300.0, cpu=280.5, memory=900.0, device="NVIDIA H100 80GB HBM3")
    leave(tmp_path, "network_training.physics.0", 200.0, cpu=100.25, memory=1200.0, device="cpu")
    leave(tmp_path, "modes", 20.0, cpu=30.0)
    leave(tmp_path, "of_another_version", 1e6, cpu=1.0)
    leave(tmp_path / "variants" / "room", "network_training.physics.0", 100.0, cpu=50.0, device="cpu")
    return tmp_path


def test_a_row_is_a_job_in_the_order_of_the_stages(folder):
    table = jobs_table(folder, STAGES)
    assert table.values.tolist() == [
        ["modes", "", 20.0, 30.0, 100.0, "cpu"],
        ["network_training", "physics/0", 200.0, 100.25, 1200.0, "cpu"],
        ["network_training", "video/10", 300.0, 280.5, 900.0, "NVIDIA H100 80GB HBM3"],
        ["network_training", "room/physics/0", 100.0, 50.0, 100.0, "cpu"],
        ["report", "", 2.5, 2.0, 100.0, "cpu"],
    ]


def test_the_totals_are_those_of_the_rows(folder):
    jobs = jobs_table(folder, STAGES)
    stages = stages_table(jobs).set_index("stage")
    assert stages.index.tolist() == [*STAGES, ALL]
    for column in ("jobs", "wall_s", "cpu_s"):
        assert stages[column].drop(ALL).sum() == stages.loc[ALL, column]
    assert stages.loc[ALL, ["jobs", "wall_s", "memory_mib"]].tolist() == [5, 622.5, 1200.0]
    assert stages.loc["network_training", ["jobs", "wall_s", "cpu_s"]].tolist() == [3, 600.0, 430.75]
    assert stages.loc["network_training", "device"] == "NVIDIA H100 80GB HBM3, cpu"


def test_what_was_not_seen_is_unknown_and_a_repeated_job_is_its_mean(tmp_path):
    leave(tmp_path, "modes", 0.25)
    leave(tmp_path, "report", 1.0, 2.0, 6.0, cpu=4.0)
    table = jobs_table(tmp_path, STAGES).set_index("stage")
    assert table["wall_s"].to_dict() == {"modes": 0.25, "report": 3.0}
    assert np.isnan(table.loc["modes", "cpu_s"]) and np.isnan(table.loc["modes", "memory_mib"])
    assert stages_table(table.reset_index()).set_index("stage").loc[ALL, "cpu_s"] == 4.0
    as_png(timing_figure(stages_table(table.reset_index())))


@pytest.mark.parametrize("text", ["", "s\tcpu_time\n1\t1\n", "s\tcpu_time\tmax_rss\nsoon\t1\t1\n"])
def test_a_file_that_is_no_benchmark_is_named(folder, text):
    (folder / "benchmarks" / "modes.tsv").write_text(text)
    with pytest.raises(InputError, match=r"benchmarks/modes\.tsv: is no benchmark"):
        jobs_table(folder, STAGES)


def test_a_folder_without_benchmarks_is_named(tmp_path):
    with pytest.raises(InputError, match=r"benchmarks: holds no benchmark of a stage; run the workflow"):
        jobs_table(tmp_path, STAGES)


@pytest.mark.parametrize(("times", "unit", "seconds"), [(1.0, "s", 1), (10.0, "min", 60), (1000.0, "h", 3600)])
def test_the_bars_are_as_long_as_the_table_says(folder, times, unit, seconds):
    stages = stages_table(jobs_table(folder, STAGES))
    stages[["wall_s", "cpu_s"]] *= times / 10
    time, memory = timing_figure(stages).axes
    assert time.get_xlabel() == f"time of all jobs, {unit}"
    for bars, column in zip((*time.containers, *memory.containers), ("wall_s", "cpu_s", "memory_mib"), strict=True):
        scale = 1 if column == "memory_mib" else seconds
        expected = stages[column].iloc[:-1].tolist()
        assert np.allclose([bar.get_width() * scale for bar in bars], expected)
    labels = [label.get_text() for label in time.get_yticklabels()]
    assert labels == ["modes", "network_training (3 jobs)", "report"]
    top, bottom = (time.transData.transform((0, row))[1] for row in (0, len(labels) - 1))
    assert top > bottom


def test_the_same_benchmarks_give_the_same_bytes(folder):
    made = [stages_table(jobs_table(folder, STAGES)) for _ in range(2)]
    pd.testing.assert_frame_equal(*made)
    for draw in (as_png, as_svg):
        one, two = (draw(timing_figure(table)) for table in made)
        assert one == two
