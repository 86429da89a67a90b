"""Cut frames and sound of every impact out of the videos, into one file."""

from impactsound.config import Clip
from impactsound.corpus.table import load
from impactsound.jobs import job
from impactsound.media.extract import extract
from impactsound.shards import share

with job(snakemake):
    rows = load(snakemake.input.manifest)
    videos = share(rows["video"].unique(), snakemake.params.shard, "videos")
    extract(
        rows[rows["video"].isin(videos)],
        Clip(**snakemake.params.clip),
        snakemake.output.clips,
        workers=snakemake.threads,
        source={"manifest": snakemake.input.manifest},
    )
