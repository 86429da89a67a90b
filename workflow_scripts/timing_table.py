"""Time and memory of every job that has run, a row a job and a row a stage, and a picture of them."""

from pathlib import Path

from impactsound.evaluation.pictures import write
from impactsound.evaluation.timing import jobs_table, stages_table
from impactsound.evaluation.timing_figure import timing_figure
from impactsound.jobs import job
from impactsound.provenance import write_table

with job(snakemake):
    jobs = jobs_table(Path(snakemake.output.jobs).parents[1], snakemake.params.stages)
    stages = stages_table(jobs)
    write_table(snakemake, jobs, snakemake.output.jobs)
    write_table(snakemake, stages, snakemake.output.stages)
    write(timing_figure(stages), snakemake.output.png, snakemake.output.svg)
