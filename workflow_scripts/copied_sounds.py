"""The systems without a network: a sound as it is, or rendered from its physics; the clip's own or its match's."""

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.jobs import job
from impactsound.media.sounds import write_sounds
from impactsound.retrieval.bank import matched

SCHEMAS = {"copy": "clips/1", "render": "rendered/1"}

with job(snakemake):
    files = dict(snakemake.input.items())
    clips = clips_of(files["test"])
    sources = matched(files["matches"], clips) if "matches" in files else clips
    (sound,) = store.read(files["sound"], SCHEMAS[snakemake.params.makes], "sound", clip=sources)
    rate = Clip(**snakemake.params.clip).sample_rate
    write_sounds(snakemake.output.sounds, snakemake.output.wavs, clips, sound, rate, files, matched=sources)
