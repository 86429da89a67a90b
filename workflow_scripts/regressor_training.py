"""Learn the physics latent of a generator from the video alone."""

import torch

from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.diffusion.build import load
from impactsound.diffusion.told import read_told
from impactsound.jobs import device, job
from impactsound.retrieval.regressor import Regressor, train_regressor
from impactsound.seeds import seed_of
from impactsound.training import Training
from impactsound.training.rule import run_folder, save_trained


@torch.inference_mode()
def read(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Visual and physics latents of a split."""
    clips = clips_of(files[split])
    told = read_told(snakemake.params.system["told"], files, clips, clips, clip, ())
    return told["visual"].to(place), generator.encoder.latent({name: told[name].to(place) for name in told})


with job(snakemake):
    place, clip, files = device(snakemake), Clip(**snakemake.params.clip), dict(snakemake.input.items())
    generator = load(files["generator"])[0].to(place)
    training, validation = read("train"), read("validation")
    settings = dict(snakemake.params.regressor)
    schedule = Training(**settings.pop("training"))
    config = {"visual_dim": training[0].shape[1], "latent_dim": training[1].shape[1], **settings}
    seed = (snakemake.params.seed, "regressor", snakemake.wildcards.network, snakemake.wildcards.seed)
    torch.manual_seed(seed_of(*seed))
    network = Regressor(**config).to(place)
    history = train_regressor(network, training, validation, schedule, run_folder(snakemake), seed, place)
    save_trained(snakemake, network, config, history)
