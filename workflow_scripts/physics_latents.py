"""Infer the physics latent of every clip."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.diffusion.build import load
from impactsound.jobs import device, job
from impactsound.physics.priors import read_priors

with job(snakemake), torch.inference_mode():
    place = device(snakemake)
    denoiser, settings = load(snakemake.input.model)
    with store.open(snakemake.input.slots, "slots/1") as file:
        clips = store.clips(file)
    priors = read_priors(snakemake.input.slots, snakemake.input.residual, clips, Clip(**settings["clip"]))
    latent = denoiser.to(place).physics_latent(*(part.to(place) for part in priors))
    source = {name: snakemake.input[name] for name in ("slots", "residual", "model")}
    store.write(snakemake.output.latents, "physics_latents/1", clips, settings, source, physics=latent.cpu().numpy())
