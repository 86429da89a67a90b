"""Gather the bank: visual and physics latent of every training impact."""

from impactsound import store
from impactsound.corpus.selection import split_of
from impactsound.jobs import job

with job(snakemake):
    clips = split_of(snakemake.input.manifest, "train")
    (visual,) = store.read(snakemake.input.visual, "visual/1", "latent", clip=clips)
    (physics,) = store.read(snakemake.input.latents, "physics_latents/1", "physics", clip=clips)
    source = {"visual": snakemake.input.visual, "latents": snakemake.input.latents}
    store.write(snakemake.output.bank, "bank/1", clips, {}, source, visual=visual, physics=physics)
