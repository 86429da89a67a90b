"""Embed what is seen and what is heard of every clip."""

import torch

from impactsound import store, weights
from impactsound.jobs import device, job
from impactsound.retrieval.embedding import Embedding, read_heard

with job(snakemake), torch.inference_mode():
    device(snakemake)
    files = snakemake.input
    network = weights.load(files.model, Embedding(**weights.config(files.model)))
    with store.open(files.visual, "visual/1") as file:
        clips, visual = store.clips(file), torch.from_numpy(file["latent"][:])
    found = {"seen": network.see(visual).numpy(), "heard": network.hear(read_heard(files.features, clips)).numpy()}
    config = {**weights.config(files.model), "weights": weights.digest(files.model)}
    store.write(snakemake.output.embedding, "embedding/1", clips, config, dict(files.items()), **found)
