"""Join the files of a stage's shards."""

from impactsound import store
from impactsound.jobs import job

with job(snakemake):
    store.join(snakemake.input.parts, snakemake.output.whole)
