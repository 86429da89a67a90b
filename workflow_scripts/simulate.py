"""Render and sound the simulated corpus, in the layout of the Greatest Hits release."""

from impactsound.corpus.simulated import Simulation, simulate
from impactsound.jobs import job

with job(snakemake):
    settings = Simulation(
        **snakemake.params.simulation, materials=tuple(snakemake.params.materials), test=snakemake.params.test
    )
    simulate(snakemake.output.videos, settings, snakemake.params.seed, workers=snakemake.threads)
