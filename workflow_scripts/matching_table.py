"""Judge the bank's matches, way by way, by the physics that they answer with."""

import numpy as np
import pandas as pd
import torch

from impactsound import store, weights
from impactsound.config import Clip
from impactsound.corpus.selection import clips_of, materials_of, videos_of
from impactsound.diffusion.build import load
from impactsound.diffusion.told import read_told
from impactsound.evaluation.matching import Physics, Question, physics_of
from impactsound.evaluation.matching_reliability import reliability_figure, reliability_table
from impactsound.evaluation.pictures import write
from impactsound.jobs import device, job
from impactsound.physics.priors import read_modes, read_slots
from impactsound.provenance import write_table
from impactsound.retrieval.bank import neighbours
from impactsound.retrieval.regressor import Regressor


def read(clips: list[str]) -> Physics:
    """The own physics of clips."""
    told = read_told({"modes", "residual"} & set(params.told), files, clips, clips, clip, ())
    return physics_of(
        read_slots(files["slots"], clips, clip), read_modes(files["modes"], clips)[0], encoder.latent(told)
    )


def question(split: str) -> Question:
    """The clips of a split, and the bank."""
    path, clips = files[split], clips_of(files[split])
    material = np.asarray(materials_of(path, clips))
    return Question(read(clips), material, videos_of(path, clips), bank, bank_material)


def ways(clips: list[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rows of the bank and weights by which every way matches clips."""
    found = {}
    for way, path in zip(params.ways, snakemake.input.matches, strict=True):
        names, weight = neighbours(path, clips)
        found[way] = places[names.ravel()].to_numpy(copy=True).reshape(names.shape), weight
    return found


def regressed(clips: list[str]) -> torch.Tensor:
    """The latents that the video of clips lets expect."""
    (visual,) = store.read(files["visual"], "visual/1", "latent", clip=clips)
    return regressor(torch.from_numpy(visual))


with job(snakemake), torch.inference_mode():
    device(snakemake)
    files, params, clip = dict(snakemake.input.items()), snakemake.params, Clip(**snakemake.params.clip)
    encoder = load(files["model"])[0].encoder
    regressor = weights.load(files["regressor"], Regressor(**weights.config(files["regressor"])))
    entries = clips_of(files["train"])
    places = pd.Series(range(len(entries)), index=entries)
    bank, bank_material = read(entries), np.asarray(materials_of(files["train"], entries))
    tables, spreads = [], []
    for split in ("validation", "test"):
        asked, clips = question(split), clips_of(files[split])
        scores = asked.scores(ways(clips), regressed(clips))
        tables.append(asked.table(scores).assign(split=split))
        spreads.append(asked.intervals(scores, params.ways[0], params.seed).assign(split=split))
    for found, path in ((tables, snakemake.output.table), (spreads, snakemake.output.intervals)):
        table = pd.concat(found)
        write_table(snakemake, table[["split", *table.columns.drop("split")]], path)
    distance = {
        way: store.read(path, "matches/1", "distance", clip=clips)[0]
        for way, path in zip(params.ways, snakemake.input.matches, strict=True)
    }
    table = reliability_table(asked.nearest(ways(clips)), distance, asked.video, params.seed)
    write_table(snakemake, table, snakemake.output.reliability)
    write(reliability_figure(table), snakemake.output.png, snakemake.output.svg)
