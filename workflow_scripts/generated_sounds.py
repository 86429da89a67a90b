"""Generate the sounds of a system by its network."""

import torch

from impactsound import weights
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.diffusion.build import load
from impactsound.diffusion.generate import sounds, spectrograms
from impactsound.diffusion.told import read_told
from impactsound.jobs import device, job
from impactsound.media.sounds import write_sounds
from impactsound.physics.priors import read_rendered
from impactsound.retrieval.bank import matched
from impactsound.retrieval.blend import read_matched
from impactsound.retrieval.regressor import Regressor

with job(snakemake), torch.inference_mode():
    place, clip, sampling = device(snakemake), Clip(**snakemake.params.clip), snakemake.params.sampling
    files, system = dict(snakemake.input.items()), snakemake.params.system
    files["labels"] = files["test"]
    clips = clips_of(files["test"])
    sources = matched(files["matches"], clips) if "matches" in files else clips
    network, _ = load(files["model"])
    seen = ("visual", "material") if system["of"] == "regressed" else system["told"]
    parts = set(seen) & set(system["told"])
    if "matches" in files:
        told = read_matched(network.encoder, parts, files, clips, clip, snakemake.params.materials)
    else:
        told = read_told(parts, files, clips, clips, clip, snakemake.params.materials)
    if "regressor" in files:
        regressor = weights.load(files["regressor"], Regressor(**weights.config(files["regressor"])))
        told["physics"] = regressor(told["visual"])
    seed = (snakemake.params.seed, snakemake.wildcards.seed)
    spectrogram = spectrograms(network.to(place), told, clips, clip, sampling, seed)
    near = read_rendered(files["rendered"], sources) if "rendered" in files else None
    sound = sounds(spectrogram, clips, clip, sampling, seed, near, place).numpy()
    names = sources if "matches" in files else [""] * len(clips)
    write_sounds(snakemake.output.sounds, snakemake.output.wavs, clips, sound, clip.sample_rate, files, names)
