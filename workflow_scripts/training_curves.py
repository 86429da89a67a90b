"""Draw the loss curves of all trainings."""

from pathlib import Path

from impactsound.evaluation.curves import curve
from impactsound.evaluation.pictures import write
from impactsound.evaluation.training_figure import training_figure
from impactsound.jobs import job

with job(snakemake):
    folder = Path(snakemake.output.png).parents[1]
    curves = [curve(path, folder) for path in snakemake.input.histories]
    write(training_figure(curves), snakemake.output.png, snakemake.output.svg)
