"""Infer the residual of every clip, and render what modes and residual give together."""

import torch

from impactsound import store, weights
from impactsound.config import Clip
from impactsound.jobs import device, job
from impactsound.physics.modes import render_modes
from impactsound.physics.priors import read_modes
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.progress import progress
from impactsound.shards import share

BATCH = 256

with job(snakemake), torch.inference_mode():
    place = device(snakemake)
    settings = weights.config(snakemake.input.model)
    clip = Clip(**settings.pop("clip"))
    network = weights.load(snakemake.input.model, ResidualEncoder(clip, **settings)).to(place)
    with store.open(snakemake.input.clips, "clips/1") as file:
        clips = share(store.clips(file), snakemake.params.shard)
    sound = torch.from_numpy(store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)[0])
    modes, onset = read_modes(snakemake.input.modes, clips)
    modal = render_modes(modes, clip.n_samples, clip.sample_rate, onset)
    batches = list(zip(sound.split(BATCH), modal.split(BATCH), strict=True))
    parts = [network(*(values.to(place) for values in batch)) for batch in progress(batches, "residual")]
    rendered = torch.cat([network.render(part).cpu() for part in parts]) + modal
    fields = {
        field: torch.cat([getattr(part, field) for part in parts]).cpu().numpy() for field in ("weight", "delay", "t60")
    }
    source = {name: snakemake.input[name] for name in ("clips", "modes", "model")}
    store.write(snakemake.output.residual, "residual/2", clips, settings, source, **fields)
    store.write(snakemake.output.rendered, "rendered/1", clips, settings, source, sound=rendered.float().numpy())
