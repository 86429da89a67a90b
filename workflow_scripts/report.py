"""Make the report of a corpus, one page that holds everything it shows, and the sheet of spectrograms."""

from impactsound.config import Clip
from impactsound.evaluation.report import gather, render, spectrograms
from impactsound.files import atomic, write_text
from impactsound.jobs import job

with job(snakemake):
    report = gather(
        corpus=snakemake.wildcards.corpus,
        manifest=snakemake.input.manifest,
        counts=snakemake.input.counts,
        clips=snakemake.input.clips,
        comparison=snakemake.input.comparison,
        accuracy=snakemake.input.accuracy,
        sounds=dict(zip(snakemake.params.systems, snakemake.input.sounds, strict=True)),
        histories=snakemake.input.histories,
        clip=Clip(**snakemake.params.clip),
        shown=snakemake.params.report["clips"],
        seed=snakemake.params.seed,
    )
    with atomic(snakemake.output.spectrograms) as partial:
        partial.write_bytes(spectrograms(report))
    write_text(snakemake.output.report, render(report))
