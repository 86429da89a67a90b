"""Train the residual encoder."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of
from impactsound.jobs import device, devices, job
from impactsound.physics.modes import render_modes
from impactsound.physics.priors import read_modes
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.physics.residual_training import train_residual
from impactsound.training import Training
from impactsound.training.rule import run_folder, save_trained


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Sounds of a split and their rendered modes."""
    clips = clips_of(snakemake.input[split])
    (sound,) = store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)
    modes, onset = read_modes(snakemake.input.modes, clips)
    modal = render_modes(modes, clip.n_samples, clip.sample_rate, onset)
    return torch.from_numpy(sound).to(place), modal.to(place)


with job(snakemake):
    place, seed = device(snakemake), snakemake.params.seed
    clip = Clip(**snakemake.params.clip)
    settings = dict(snakemake.params.residual)
    schedule = Training(**settings.pop("training"))
    torch.manual_seed(seed)
    network = ResidualEncoder(clip, **settings, seed=seed).to(place)
    history = train_residual(
        network,
        load("train"),
        load("validation"),
        schedule,
        run_folder(snakemake),
        (seed, "residual"),
        place,
        devices(snakemake),
    )
    save_trained(snakemake, network, {"clip": snakemake.params.clip, "seed": seed, **settings}, history)
