"""Train the sound classifier that judges the generated sounds."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of, labels_of
from impactsound.evaluation.classifier import SoundClassifier
from impactsound.evaluation.training import train_classifier
from impactsound.jobs import device, devices, job
from impactsound.training import Training
from impactsound.training.rule import run_folder, save_trained


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Sounds of a split and their materials' numbers."""
    clips = clips_of(snakemake.input[split])
    (sound,) = store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)
    label = labels_of(snakemake.input[split], clips, snakemake.params.materials)
    return torch.from_numpy(sound).to(place), torch.from_numpy(label).to(place)


with job(snakemake):
    place, seed = device(snakemake), snakemake.params.seed
    torch.manual_seed(seed)
    classes = len(snakemake.params.materials)
    network = SoundClassifier(Clip(**snakemake.params.clip), classes).to(place)
    history = train_classifier(
        network,
        load("train"),
        load("validation"),
        Training(**snakemake.params.training),
        run_folder(snakemake),
        (seed, "classifier"),
        place,
        devices(snakemake),
    )
    save_trained(snakemake, network, {"clip": snakemake.params.clip, "classes": classes}, history)
