"""The sounds of all clips as a worse recording would have them, to be learned from."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.jobs import device, job
from impactsound.media.disturb import disturb
from impactsound.shards import share

with job(snakemake):
    device(snakemake)
    rate, recording = Clip(**snakemake.params.clip).sample_rate, snakemake.params.recording
    with store.open(snakemake.input.clips, "clips/1") as file:
        clips = share(store.clips(file), snakemake.params.shard)
    sound, peak = map(torch.from_numpy, store.read(snakemake.input.clips, "clips/1", "sound", "peak", clip=clips))
    disturbed, louder = disturb(sound, clips, rate, snakemake.params.seed, **recording)
    source = {"clips": snakemake.input.clips}
    fields = {"sound": disturbed.float().numpy(), "peak": (peak * louder).numpy()}
    store.write(snakemake.output.disturbed, "clips/1", clips, recording, source, **fields)
