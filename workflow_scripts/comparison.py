"""Judge the sounds of every system against the real ones: the comparison table."""

from pathlib import Path

from impactsound import store
from impactsound.corpus.selection import clips_of, labels_of, videos_of
from impactsound.evaluation.classifier import load
from impactsound.evaluation.comparison import compare
from impactsound.files import atomic
from impactsound.jobs import device, job

with job(snakemake):
    place = device(snakemake)
    clips = clips_of(snakemake.input.test)
    network = load(snakemake.input.model).to(place)
    (real,) = store.read(snakemake.input.clips, "clips/1", "sound", clip=clips)
    sounds = {system: [] for system in snakemake.params.systems}
    for path in snakemake.input.sounds:
        sounds[Path(path).parent.name].append(store.read(path, "sounds/1", "sound", clip=clips)[0])
    comparison, accuracy = compare(
        network,
        real,
        sounds,
        labels_of(snakemake.input.test, clips, snakemake.params.materials),
        videos_of(snakemake.input.test, clips),
        snakemake.params.seed,
    )
    for table, path in ((comparison, snakemake.output.comparison), (accuracy, snakemake.output.accuracy)):
        with atomic(path) as partial:
            table.to_csv(partial, index=False)
