"""Train the onset detector, and choose what counts as a hit on the validation videos."""

import json
from dataclasses import asdict

import torch

from impactsound import store
from impactsound.corpus.table import EVENTS, load
from impactsound.jobs import device, devices, job
from impactsound.onset.baseline import choose_motion, reversal
from impactsound.onset.events import events_of
from impactsound.onset.features import SCHEMA, Features
from impactsound.onset.network import OnsetNetwork
from impactsound.onset.training import Examples, choose_threshold, train_detector, video_logits
from impactsound.training import Training
from impactsound.training.rule import run_folder, save_trained


def examples(split: str) -> Examples:
    """The videos of a split."""
    every = load(snakemake.input.events, EVENTS)
    events = events_of(load(snakemake.input[split]), every, snakemake.params.actions)
    return Examples(Features(file, list(events)), list(events.values()), notes["frame_rate"])


with job(snakemake) as log, store.open(snakemake.input.features, SCHEMA) as file:
    place, seed, settings = device(snakemake), snakemake.params.seed, snakemake.params.onset
    notes = json.loads(file.attrs["config"])
    training, validation = examples("train"), examples("validation")
    torch.manual_seed(seed)
    network_settings = {"dim": training.features.dim, "width": settings["width"]}
    network = OnsetNetwork(**network_settings)
    history = train_detector(
        network,
        training,
        validation,
        Training(**settings["training"]),
        run_folder(snakemake),
        (seed, "onset"),
        place,
        devices(snakemake),
    )
    picker, learned = choose_threshold(video_logits(network, validation.features), validation)
    curves = [reversal(validation.features.whole(video)[1]) for video in range(len(validation.events))]
    motion_picker, motion = choose_motion(curves, validation.events, notes["frame_rate"])
    log.info("validation F-measure at 50 ms: %.3f learned, %s; %.3f motion alone", learned, picker, motion)
    chosen = {"picker": asdict(picker), "motion_picker": asdict(motion_picker)}
    save_trained(snakemake, network, {"network": network_settings, **chosen, **notes}, history)
