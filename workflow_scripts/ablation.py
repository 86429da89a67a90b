"""Judge the sounds of the rows of an ablation against the real ones."""

from impactsound import store
from impactsound.corpus.selection import clips_of, labels_of, videos_of
from impactsound.evaluation.classifier import load
from impactsound.evaluation.comparison import compare
from impactsound.evaluation.extractor import Extractor
from impactsound.evaluation.judged import read_measures
from impactsound.jobs import device, job
from impactsound.provenance import write_table

with job(snakemake):
    place = device(snakemake)
    clips = clips_of(snakemake.input.test)
    (real,) = store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)
    paths = iter(snakemake.input.sounds)
    sounds = {
        row: [store.read(next(paths), "sounds/1", "sound", clip=clips)[0] for _ in range(seeds)]
        for row, seeds in snakemake.params.rows.items()
    }
    network, extractor = load(snakemake.input.model).to(place), snakemake.params.extractor
    extract = Extractor(**extractor, sound_rate=network.clip.sample_rate) if extractor else None
    table, _ = compare(
        network,
        real,
        sounds,
        labels_of(snakemake.input.test, clips, snakemake.params.materials),
        videos_of(snakemake.input.test, clips),
        snakemake.params.seed,
        extract,
        read_measures(snakemake.params.measures),
    )
    write_table(snakemake, table, snakemake.output.table)
