"""Where a run's time goes: bars of time and memory, a row a stage."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from impactsound.evaluation.timing import ALL

TIMES = {"wall_s": ("wall", "#1f6f8b"), "cpu_s": ("CPU", "#a8371f")}
MEMORY = "#5b616b"
UNITS = {"h": 3600, "min": 60, "s": 1}  # the largest of which the longest bar has two


def timing_figure(stages: pd.DataFrame) -> Figure:
    """The picture of the table that `timing.stages_table` makes; the first stage is on top.

    Bars of time are a stage's jobs added up, that of memory is the largest job's.
    """
    stages = stages[stages["stage"] != ALL]
    longest = stages[list(TIMES)].max(axis=None)
    unit = next((unit for unit, seconds in UNITS.items() if longest >= 2 * seconds), "s")
    figure = Figure(figsize=(10, 0.32 * len(stages) + 1.4), layout="constrained")
    time, memory = figure.subplots(1, 2, sharey=True, width_ratios=(2, 1))
    row, height = np.arange(len(stages)), 0.8 / len(TIMES)
    for place, (column, (label, colour)) in enumerate(TIMES.items()):
        time.barh(row + (place - 0.5) * height, stages[column] / UNITS[unit], height, color=colour, label=label)
    memory.barh(row, stages["memory_mib"], 0.8, color=MEMORY)
    time.set(xlabel=f"time of all jobs, {unit}", yticks=row, yticklabels=_names(stages), ylim=(len(stages) - 0.5, -0.5))
    figure.legend(loc="outside lower center", ncols=len(TIMES), fontsize="small")
    memory.set_xlabel("most memory of a job, MiB")
    for axis in (time, memory):
        axis.grid(axis="x", alpha=0.3)
        axis.set_axisbelow(True)
    return figure


def _names(stages: pd.DataFrame) -> list[str]:
    """The stages, with how often each ran where that is more than once."""
    return [
        f"{stage} ({jobs} jobs)" if jobs > 1 else stage
        for stage, jobs in zip(stages["stage"], stages["jobs"], strict=True)
    ]
