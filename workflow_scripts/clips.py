"""Cut frames and sound of every impact out of the videos, into one file."""

from impactsound.config import Clip
from impactsound.corpus.manifest import load
from impactsound.jobs import job
from impactsound.media.extract import extract

with job(snakemake):
    extract(
        load(snakemake.input.manifest),
        Clip(**snakemake.params.clip),
        snakemake.output.clips,
        workers=snakemake.threads,
        source={"manifest": snakemake.input.manifest},
    )
