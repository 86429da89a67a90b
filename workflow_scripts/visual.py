"""Infer the visual latent of every clip."""

import torch

from impactsound import store, weights
from impactsound.jobs import device, job
from impactsound.media.extract import frames_of
from impactsound.progress import progress
from impactsound.shards import share
from impactsound.vision.frames import evaluation_frames
from impactsound.vision.tsm import TSM

BATCH = 16

with job(snakemake), torch.inference_mode(), store.open(snakemake.input.clips, "clips/1") as file:
    place = device(snakemake)
    settings = weights.config(snakemake.input.model)
    # latents of two encoders must not be compared, however alike they look
    notes = settings | {"weights": weights.digest(snakemake.input.model)}
    network = weights.load(snakemake.input.model, TSM(**settings)).to(place)
    clips, latents = share(store.clips(file), snakemake.params.shard), []
    places = torch.from_numpy(store.rows(file, clips))
    for rows in progress(places.split(BATCH), "visual"):
        frames = torch.from_numpy(frames_of(file, rows.numpy(), snakemake.threads))
        latents.append(network.latent(evaluation_frames(frames, frames.shape[1]).to(place)).cpu())
    source = {"clips": snakemake.input.clips, "model": snakemake.input.model}
    latent = torch.cat(latents).numpy()
    store.write(snakemake.output.visual, "visual/1", clips, notes, source, latent=latent)
