"""Make the report of a corpus, one page that holds everything it shows, and its sheets of pictures."""

from pathlib import Path

from impactsound.config import Clip
from impactsound.evaluation.pictures import write
from impactsound.evaluation.report import gather, modes_sheet, render, spectrograms
from impactsound.files import write_text
from impactsound.jobs import job


def unseen(sounds: dict[str, str]) -> dict[str, dict[str, str]]:
    """Of every variant, its sounds and those of the systems that were trained with all."""
    variants = dict.fromkeys(row.split("/")[0] for row in sounds if "/" in row)
    return {
        variant: {row: path for row, path in sounds.items() if "/" not in row or row.startswith(f"{variant}/")}
        for variant in variants
    }


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
        unseen=unseen(dict(zip(snakemake.params.unseen, snakemake.input.unseen, strict=True))),
    )
    write(spectrograms(report), *snakemake.output.spectrograms)
    write(modes_sheet(report), *snakemake.output.modes)
    write_text(snakemake.output.report, render(report))
