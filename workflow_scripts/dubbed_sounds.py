"""Generate a sound for every hit in the footage, with the physics of its match in the bank."""

from impactsound import store
from impactsound.config import Clip
from impactsound.diffusion.generate import generate_from
from impactsound.jobs import device, job
from impactsound.retrieval.bank import matched_physics

with job(snakemake):
    place, clip = device(snakemake), Clip(**snakemake.params.clip)
    with store.open(snakemake.input.visual, "visual/1") as file:
        clips, visual = store.clips(file), file["latent"][:]
    physics, _, distance = matched_physics(snakemake.input.bank, visual)
    sampling, seed = snakemake.params.sampling, snakemake.params.seed
    sound = generate_from(snakemake.input.model, visual, physics, clips, clip, sampling, seed, place)
    source = {"visual": snakemake.input.visual, "bank": snakemake.input.bank}
    store.write(
        snakemake.output.sounds,
        "dubbed/1",
        clips,
        dict(sampling),
        source,
        sound=sound,
        distance=distance,
    )
