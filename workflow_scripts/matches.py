"""Look up every clip outside the training split in the bank: the training clips that look most alike."""

import numpy as np

from impactsound import store
from impactsound.corpus.selection import clips_of, videos_of
from impactsound.errors import InputError
from impactsound.jobs import job
from impactsound.retrieval.bank import RANKED, blend_weights
from impactsound.retrieval.index import Index, lay_out

with job(snakemake):
    files, settings = snakemake.input, snakemake.params.bank
    distance, blended = settings["distance"], settings["neighbours"]
    schema, key, query = ("visual/1", "latent", "latent")
    if distance == "embedding":
        schema, key, query = ("embedding/1", "heard", "seen")
    bank = clips_of(files.train)
    if len(bank) < blended:
        raise InputError(f"config: bank.neighbours = {blended}, and {files.train} has {len(bank)} clips; ask for fewer")
    keys, asked = store.read(files.latents, schema, key, query, clip=bank)
    with store.open(files.latents, schema) as file:
        known = set(bank)
        clips = [clip for clip in store.clips(file) if clip not in known]
    (queries,) = store.read(files.latents, schema, query, clip=clips)
    index = Index(keys, distance, lay_out(keys, distance))
    found, rows = index.nearest(queries, max(blended, min(RANKED, len(bank))))
    scale = index.spacing(asked, videos_of(files.train, bank))
    weight = np.zeros_like(found)
    weight[:, :blended] = blend_weights(found[:, :blended], settings["weights"], settings["temperature"], scale)
    names = np.asarray(bank, dtype=object)[rows]
    source = {"latents": files.latents, "train": files.train}
    with store.create(snakemake.output.matches, "matches/1", {**settings, "spacing": scale}, source) as file:
        store.write_clips(file, clips)
        store.write_names(file, "matched", names[:, 0])
        file.create_dataset("distance", data=found[:, 0])
        store.write_names(file, "neighbours", names)
        file.create_dataset("weight", data=weight)
