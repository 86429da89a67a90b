"""Measure the hand-crafted features of every clip's sound."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.jobs import device, job
from impactsound.media.features import features

with job(snakemake):
    device(snakemake)
    clip = Clip(**snakemake.params.clip)
    with store.open(snakemake.input.clips, "clips/1") as file:
        clips, sound = store.clips(file), torch.from_numpy(file["sound"][:])
    found = {name: values.numpy() for name, values in features(sound, clip).items()}
    notes = {"config": snakemake.params.clip, "source": {"clips": snakemake.input.clips}}
    store.write(snakemake.output.features, "features/1", clips, **notes, **found)
