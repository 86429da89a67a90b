"""The systems that generate nothing: the test clip's own sound, or that of its match in the training split."""

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import split_of
from impactsound.jobs import job
from impactsound.media.sounds import write_sounds
from impactsound.retrieval.bank import nearest

with job(snakemake):
    clips = split_of(snakemake.input.manifest, "test")
    source = clips
    if snakemake.wildcards.copied == "retrieval":
        bank = split_of(snakemake.input.manifest, "train")
        (keys,) = store.read(snakemake.input.visual, "visual/1", "latent", clip=bank)
        (queries,) = store.read(snakemake.input.visual, "visual/1", "latent", clip=clips)
        source = [bank[row] for row in nearest(keys, queries)[1][:, 0]]
    (sound,) = store.read(snakemake.input.clips, "clips/1", "sound", clip=source)
    rate = Clip(**snakemake.params.clip).sample_rate
    notes = {"visual": snakemake.input.visual, "clips": snakemake.input.clips}
    write_sounds(snakemake.output.sounds, snakemake.output.wavs, clips, sound, rate, notes, matched=source)
