"""Generate a sound for every hit in the footage, with the physics of its match in the bank."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.diffusion.build import load
from impactsound.diffusion.denoiser import Condition
from impactsound.diffusion.generate import generate
from impactsound.jobs import device, job
from impactsound.retrieval.bank import matched_physics

with job(snakemake):
    place, clip = device(snakemake), Clip(**snakemake.params.clip)
    with store.open(snakemake.input.visual, "visual/1") as file:
        clips, visual = store.clips(file), file["latent"][:]
    physics, matched, distance = matched_physics(snakemake.input.bank, visual)
    denoiser, settings = load(snakemake.input.model)
    told = Condition(torch.from_numpy(visual), torch.from_numpy(physics))
    sampling, seed = snakemake.params.sampling, snakemake.params.seed
    sound = generate(denoiser.to(place), told, clips, clip, sampling, settings["prediction"], seed)
    source = {"visual": snakemake.input.visual, "bank": snakemake.input.bank}
    store.write(
        snakemake.output.sounds,
        "dubbed/1",
        clips,
        dict(sampling),
        source,
        sound=sound.numpy(),
        distance=distance,
    )
