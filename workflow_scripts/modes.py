"""Estimate the modes of every clip, and the slots that the denoiser sees."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.jobs import device, job
from impactsound.physics.batches import estimate_clips
from impactsound.physics.slots import to_slots
from impactsound.shards import share

with job(snakemake):
    place = device(snakemake)
    clip = Clip(**snakemake.params.clip)
    with store.open(snakemake.input.clips, "clips/1") as file:
        clips = share(store.clips(file), snakemake.params.shard)
    sound = torch.from_numpy(store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)[0])
    most = snakemake.params.modes["max_modes"]
    modes, onset = estimate_clips(sound, clips, clip.sample_rate, most, snakemake.threads, place)
    notes = {
        "config": {"clip": snakemake.params.clip, **snakemake.params.modes},
        "source": {"clips": snakemake.input.clips},
    }
    fields = {name: getattr(modes, name).float().numpy() for name in ("frequency", "power", "decay", "phase")}
    store.write(snakemake.output.modes, "modes/2", clips, **notes, **fields, onset=onset.float().numpy())
    store.write(snakemake.output.slots, "slots/1", clips, **notes, slots=to_slots(modes, clip).float().numpy())
