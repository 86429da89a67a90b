"""Judge the sounds of every system against the real ones: the comparison, and the tables about it."""

from pathlib import Path

from impactsound import store
from impactsound.corpus.selection import clips_of, labels_of, videos_of
from impactsound.evaluation.classifier import load
from impactsound.evaluation.comparison import Comparison
from impactsound.evaluation.copies import copies_table
from impactsound.evaluation.extractor import Extractor
from impactsound.evaluation.judged import read_measures
from impactsound.jobs import device, job
from impactsound.provenance import write_table

with job(snakemake):
    place, inputs, params = device(snakemake), snakemake.input, snakemake.params
    clips = clips_of(inputs.test)
    network = load(inputs.model).to(place)
    (real,) = store.read(inputs.clips, "clips/1", "sound", clip=clips)
    sounds = {system: [] for system in params.systems}
    for path in inputs.sounds:
        sounds[Path(path).parent.name].append(store.read(path, "sounds/1", "sound", clip=clips)[0])
    video = videos_of(inputs.test, clips)
    label = labels_of(inputs.test, clips, params.materials)
    extract = Extractor(**params.extractor, sound_rate=network.clip.sample_rate) if params.get("extractor") else None
    measures = read_measures(params.measures)
    comparison = Comparison(network, real, sounds, label, video, params.seed, extract, measures)

    def copies():
        """The table of copies, for which the training sounds are read."""
        (training,) = store.read(inputs.clips, "clips/1", "sound", clip=clips_of(inputs.train))
        return copies_table(real, sounds, training, video, network.clip, params.seed)

    tables = {
        "comparison": comparison.scores,
        "accuracy": comparison.accuracy,
        "paired": lambda: comparison.paired(params.reference),
        "confusion": lambda: comparison.confusion(params.materials),
        "copies": copies,
    }
    for name, path in snakemake.output.items():
        if name in tables:  # the others are their provenance
            write_table(snakemake, tables[name](), path)
