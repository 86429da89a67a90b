"""Put the generated sounds beside the picture of one video."""

import soundfile

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.manifest import load
from impactsound.files import atomic
from impactsound.jobs import job
from impactsound.media.ffmpeg import length
from impactsound.media.mux import mix, mux

with job(snakemake):
    rate = Clip(**snakemake.params.clip).sample_rate
    table = load(snakemake.input.manifest)
    table = table[table["video"] == snakemake.wildcards.name]
    (sound,) = store.read(snakemake.input.sounds, "sounds/1", "sound", clip=table["clip"].tolist())
    n_samples = round(length(snakemake.input.video, "V:0") * rate)
    track = mix(zip(table["onset"], sound, strict=True), n_samples, rate)
    with atomic(snakemake.output.wav) as partial:
        soundfile.write(partial, track, rate, subtype="PCM_16")
    mux(snakemake.input.video, track, rate, snakemake.output.video)
