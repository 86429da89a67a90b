"""List the impacts of a corpus that can be cut out whole."""

from impactsound.config import Clip
from impactsound.corpus.manifest import build_manifest, save, save_log
from impactsound.jobs import job

with job(snakemake) as log:
    directory, settings = snakemake.input.videos, dict(snakemake.params.corpus)
    table, counts = build_manifest(
        directory=directory,
        clip=Clip(**snakemake.params.clip),
        seed=snakemake.params.seed,
        workers=snakemake.threads,
        **settings,
    )
    for fate, events in counts.items():
        log.info("%s: %d", fate, events)
    save(table, snakemake.output.manifest)
    save_log(counts, snakemake.output.counts)
