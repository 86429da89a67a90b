"""Generate the test split's sounds by diffusion."""

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import split_of
from impactsound.diffusion.generate import generate_from
from impactsound.jobs import device, job
from impactsound.media.sounds import write_sounds
from impactsound.retrieval.bank import matched_physics

with job(snakemake):
    place, clip = device(snakemake), Clip(**snakemake.params.clip)
    clips = split_of(snakemake.input.manifest, "test")
    (visual,) = store.read(snakemake.input.visual, "visual/1", "latent", clip=clips)
    physics, matched = None, [""] * len(clips)
    if snakemake.wildcards.diffused == "physics":
        physics, matched, _ = matched_physics(snakemake.input.physics, visual)
    elif snakemake.wildcards.diffused == "physics_oracle":
        (physics,) = store.read(snakemake.input.physics, "physics_latents/1", "physics", clip=clips)
    sampling, seed = snakemake.params.sampling, snakemake.params.seed
    sound = generate_from(snakemake.input.model, visual, physics, clips, clip, sampling, seed, place)
    source = {"visual": snakemake.input.visual, "model": snakemake.input.model}
    write_sounds(
        snakemake.output.sounds,
        snakemake.output.wavs,
        clips,
        sound,
        clip.sample_rate,
        source,
        matched,
    )
