"""The sounds of all clips as a worse recording would have them, to be learned from."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.jobs import device, job
from impactsound.media.disturb import disturb

with job(snakemake):
    device(snakemake)
    rate, recording = Clip(**snakemake.params.clip).sample_rate, snakemake.params.recording
    with store.open(snakemake.input.clips, "clips/1") as file:
        clips, sound, peak = store.clips(file), torch.from_numpy(file["sound"][:]), torch.from_numpy(file["peak"][:])
    disturbed, louder = disturb(sound, clips, rate, snakemake.params.seed, **recording)
    source = {"clips": snakemake.input.clips}
    fields = {"sound": disturbed.float().numpy(), "peak": (peak * louder).numpy()}
    store.write(snakemake.output.disturbed, "clips/1", clips, recording, source, **fields)
