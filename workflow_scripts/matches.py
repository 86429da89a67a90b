"""Look up every clip outside the training split in the bank: the training clip that looks most alike."""

from impactsound import store
from impactsound.corpus.selection import clips_of
from impactsound.jobs import job
from impactsound.retrieval.bank import check_same_encoder, nearest

with job(snakemake):
    bank = clips_of(snakemake.input.train)
    check_same_encoder(snakemake.input.bank, snakemake.input.visual)
    (keys,) = store.read(snakemake.input.bank, "visual/1", "latent", clip=bank)
    with store.open(snakemake.input.visual, "visual/1") as file:
        known = set(bank) if snakemake.input.visual == snakemake.input.bank else set()
        clips = [clip for clip in store.clips(file) if clip not in known]
    (queries,) = store.read(snakemake.input.visual, "visual/1", "latent", clip=clips)
    distance, rows = nearest(keys, queries)
    source = {"bank": snakemake.input.bank, "visual": snakemake.input.visual}
    with store.create(snakemake.output.matches, "matches/1", {"distance": "Euclidean"}, source) as file:
        store.write_clips(file, clips)
        store.write_names(file, "matched", [bank[row] for row in rows[:, 0]])
        file.create_dataset("distance", data=distance[:, 0])
