"""Train a denoiser, with the physics encoder where it has one."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import split_of
from impactsound.diffusion.build import build
from impactsound.diffusion.objective import Objective
from impactsound.diffusion.training import Examples, train_denoiser
from impactsound.jobs import device, job, run_folder, save_trained
from impactsound.physics.priors import read_priors
from impactsound.training import Training
from impactsound.vocoder.spectrogram import log_spectrogram


def load(split: str) -> Examples:
    """Spectrograms of a split, and what the denoiser is told of them."""
    clips = split_of(snakemake.input.manifest, split)
    (sound,) = store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)
    (visual,) = store.read(snakemake.input.visual, "visual/1", "latent", clip=clips)
    priors = read_priors(*snakemake.input.priors, clips, clip) if physics else ()
    spectrogram = log_spectrogram(torch.from_numpy(sound), clip)[:, None]
    return Examples(*(part.to(place) for part in (spectrogram, torch.from_numpy(visual), *priors)))


with job(snakemake):
    place, seed = device(snakemake), snakemake.params.seed
    clip = Clip(**snakemake.params.clip)
    physics = snakemake.wildcards.denoiser == "physics"
    settings = dict(snakemake.params.diffusion)
    schedule = Training(**settings.pop("training"))
    objective, dropout = Objective(**settings.pop("objective")), settings.pop("dropout")
    training, validation = load("train"), load("validation")
    config = {
        "clip": snakemake.params.clip,
        "unet": settings,
        "visual_dim": training.visual.shape[1],
        "residual": list(training.residual.shape[1:]) if physics else [0, 0],
        "physics": physics,
        "prediction": objective.prediction,
    }
    torch.manual_seed(seed)
    network = build(config).to(place)
    history = train_denoiser(
        network,
        training,
        validation,
        objective,
        dropout,
        schedule,
        run_folder(snakemake),
        (seed, "denoiser", snakemake.wildcards.denoiser),
    )
    save_trained(snakemake, network, config, history)
