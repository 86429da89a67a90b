"""Make the report of a corpus, one page that holds everything it shows, and its sheets of pictures."""

from pathlib import Path

from impactsound.config import Clip
from impactsound.evaluation.pictures import write
from impactsound.evaluation.report import gather, modes_sheet, render, spectrograms
from impactsound.files import write_text
from impactsound.jobs import job

with job(snakemake):
    report = gather(
        corpus=snakemake.wildcards.corpus,
        manifest=snakemake.input.manifest,
        counts=snakemake.input.counts,
        clips=snakemake.input.clips,
        modes=snakemake.input.modes,
        sounds=dict(zip(snakemake.params.systems, snakemake.input.sounds, strict=True)),
        histories=snakemake.input.histories,
        made={Path(path).stem: path for path in snakemake.input.tables},
        pictures={Path(path).stem: path for path in snakemake.input.pictures},
        clip=Clip(**snakemake.params.clip),
        shown=snakemake.params.report["clips"],
        seed=snakemake.params.seed,
    )
    write(spectrograms(report), *snakemake.output.spectrograms)
    write(modes_sheet(report), *snakemake.output.modes)
    write_text(snakemake.output.report, render(report))
