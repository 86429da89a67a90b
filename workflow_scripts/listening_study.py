"""Make the page of the listening study, and the key that says whose the sounds are."""

from impactsound.config import Clip
from impactsound.evaluation.listening import gather
from impactsound.evaluation.listening_page import render
from impactsound.files import write_text
from impactsound.jobs import job

with job(snakemake):
    params, inputs = snakemake.params, snakemake.input
    study = gather(
        test=inputs.test,
        clips=inputs.clips,
        sounds=dict(zip(params.systems, inputs.sounds, strict=True)),
        pairs=params.pairs,
        reference=params.reference,
        n_clips=params.clips,
        n_catch=params.catch,
        clip=Clip(**params.clip),
        seed=params.seed,
    )
    write_text(snakemake.output.key, study.key.to_csv(index=False, lineterminator="\n"))
    write_text(snakemake.output.page, render(study))
