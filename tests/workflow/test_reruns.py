"""A job reruns when its code, its settings or its inputs change, and not otherwise."""

import os
from contextlib import contextmanager

import pytest

AFTER_COMPARISON = {"confusion_figure", "table_formats", "report"}
AFTER_SAMPLING = {"generated_sounds", "sampling_table", "comparison", "panels"} | AFTER_COMPARISON
AFTER_TRAINING = {"network_training", "training_curves", "model"} | AFTER_SAMPLING
AFTER_MODES = {
    "residual_training",
    "residual",
    "copied_sounds",
    "physics_table",
    "vocoder_table",
} | AFTER_TRAINING


@contextmanager
def edited(path):
    """The file with a line more, and as it was afterwards."""
    before, times = path.read_bytes(), path.stat()
    path.write_bytes(before + b"\n# edited\n")
    try:
        yield
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # Snakemake looks at a script's date, too


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("physics/estimate.py", {"modes"} | AFTER_MODES),
        ("diffusion/unet.py", AFTER_TRAINING),
        ("diffusion/networks/convnet.py", set()),  # which is not compared
        ("evaluation/measures/envelope_distance.py", set()),
        ("corpus/kinds/folder.py", set()),
        ("diffusion/told.py", AFTER_TRAINING),
        ("retrieval/bank.py", {"matches", "copied_sounds", "vocoder_table", "model"} | AFTER_SAMPLING),
        ("diffusion/sampler.py", {"model"} | AFTER_SAMPLING),
        ("vocoder/griffin_lim.py", {"vocoder_table"} | AFTER_SAMPLING),
        ("evaluation/metrics.py", {"comparison", "sampling_table"} | AFTER_COMPARISON),
        ("evaluation/tables.py", {"table_formats", "report"}),
        ("evaluation/truth.py", {"physics_table", "table_formats", "report"}),
        ("evaluation/modal_figures.py", {"report"}),
        ("evaluation/report_physics.html.j2", {"report"}),
        ("onset/scores.py", {"onset_training", "onset_table", "model", "training_curves", "table_formats", "report"}),
        ("onset/figure.py", {"onset_table", "table_formats", "report"}),
        ("dubbing/card.py", set()),
        ("media/mux.py", set()),
    ],
)
def test_editing_a_module_reruns_what_imports_it_and_what_follows(finished, module, rules):
    with edited(finished.root / "workflow_scripts" / "impactsound" / module):
        assert finished.would_run() == rules


def test_editing_a_script_reruns_its_rule(finished):
    with edited(finished.root / "workflow_scripts" / "comparison.py"):
        assert finished.would_run() == {"comparison"} | AFTER_COMPARISON


def test_sampling_otherwise_retrains_nothing(finished):
    assert finished.would_run(settings={"sampling": {"steps": 4}}) == AFTER_SAMPLING | {"model"}


def test_showing_more_clips_makes_the_report_alone(finished):
    assert finished.would_run(settings={"report": {"clips": 3}}) == {"report"}
