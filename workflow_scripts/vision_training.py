"""Train the visual encoder."""

import torch

from impactsound import store
from impactsound.corpus.selection import clips_of, labels_of
from impactsound.jobs import device, devices, job
from impactsound.media.extract import frames_of
from impactsound.training import Training
from impactsound.training.rule import run_folder, save_trained
from impactsound.vision.training import Frames, train_vision
from impactsound.vision.tsm import TSM


def load(split: str) -> tuple[Frames, torch.Tensor]:
    """How to read the frames of a split, and its materials' numbers."""
    clips = clips_of(snakemake.input[split])
    places = store.rows(file, clips)
    label = labels_of(snakemake.input[split], clips, snakemake.params.materials)

    def read(rows: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(frames_of(file, places[rows], snakemake.threads))

    return read, torch.from_numpy(label).to(place)


with job(snakemake), store.open(snakemake.input.clips, "clips/1") as file:
    place, seed = device(snakemake), snakemake.params.seed
    settings = snakemake.params.vision
    network_settings = {"depth": settings["depth"], "classes": len(snakemake.params.materials)}
    torch.manual_seed(seed)
    network = TSM(**network_settings, weights=settings["weights"]).to(place)
    history = train_vision(
        network,
        load("train"),
        load("validation"),
        settings["segments"],
        Training(**settings["training"]),
        run_folder(snakemake),
        (seed, "vision"),
        place,
        devices(snakemake),
    )
    save_trained(snakemake, network, network_settings, history)
