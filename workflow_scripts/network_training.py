"""Train a generator on what its system is told."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of, materials_of
from impactsound.diffusion.board import Board
from impactsound.diffusion.build import build
from impactsound.diffusion.objective import Objective
from impactsound.diffusion.told import check_finite, read_told
from impactsound.diffusion.training import Dropout, Examples, losses_of, train_generator
from impactsound.jobs import device, devices, job
from impactsound.seeds import seed_of
from impactsound.training import Training
from impactsound.training.rule import run_folder, save_trained
from impactsound.vocoder.spectrogram import log_spectrogram


def read(split: str) -> tuple[list[str], Examples]:
    """The clips of a split: their spectrograms, and what is told of them."""
    clips = clips_of(files[split])
    sound = torch.from_numpy(store.read(files["clips"], "clips/1", "sound", clip=clips)[0])
    check_finite(sound, clips, "sound")
    known = files | {"labels": files[split]}
    told = read_told(snakemake.params.system["told"], known, clips, clips, clip, snakemake.params.materials)
    return clips, Examples(log_spectrogram(sound, clip)[:, None], told)


with job(snakemake):
    place, clip, files = device(snakemake), Clip(**snakemake.params.clip), dict(snakemake.input.items())
    settings = dict(snakemake.params.settings)
    schedule, dropout = Training(**settings.pop("training")), Dropout(**settings.pop("dropout", {"all": 0.0}))
    objective, known = None, {}
    if snakemake.params.system["makes"] == "diffusion":
        objective = Objective(**settings.pop("objective"))
        known = {name: settings.pop(name) for name in ("physics", "sketch")} | {"prediction": objective.prediction}
    (_, training), (clips, validation) = read("train"), read("validation")
    config = {
        "clip": snakemake.params.clip,
        "kind": snakemake.params.system["makes"],
        "told": {name: list(values.shape[1:]) for name, values in training.told.items()},
        "network": settings,
        **known,
    }
    seed = (snakemake.params.seed, snakemake.wildcards.network, snakemake.wildcards.seed)
    torch.manual_seed(seed_of(*seed))
    network = build(config).to(place)
    material = materials_of(files["validation"], clips)
    board = Board(clips, material, validation.told, validation.spectrogram, schedule.steps)
    history = train_generator(
        network,
        training,
        validation,
        losses_of(network, objective),
        dropout,
        schedule,
        run_folder(snakemake),
        seed,
        place,
        devices(snakemake),
        board,
    )
    save_trained(snakemake, network, config, history)
