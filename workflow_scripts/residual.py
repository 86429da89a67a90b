"""Infer the residual of every clip."""

import torch

from impactsound import store, weights
from impactsound.config import Clip
from impactsound.jobs import device, job
from impactsound.physics.residual import ResidualEncoder
from impactsound.progress import progress

BATCH = 256

with job(snakemake), torch.inference_mode():
    place = device(snakemake)
    settings = weights.config(snakemake.input.model)
    network = ResidualEncoder(Clip(**settings.pop("clip")), **settings)
    network = weights.load(snakemake.input.model, network).to(place)
    with store.open(snakemake.input.clips, "clips/1") as file:
        clips, sound = store.clips(file), torch.from_numpy(file["sound"][:])
    parts = [network(part.to(place)) for part in progress(sound.split(BATCH), "residual")]
    weight, t60 = (torch.cat(values).cpu().numpy() for values in zip(*parts, strict=True))
    source = {"clips": snakemake.input.clips, "model": snakemake.input.model}
    store.write(snakemake.output.residual, "residual/1", clips, settings, source, weight=weight, t60=t60)
