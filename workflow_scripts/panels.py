"""Draw a test clip of each material beside its match and what every system makes of it."""

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.table import load
from impactsound.evaluation.panels import choose, sheet
from impactsound.evaluation.pictures import write
from impactsound.jobs import job
from impactsound.retrieval.bank import matched

with job(snakemake):
    inputs, params = snakemake.input, snakemake.params
    test = load(inputs.test)
    clips = choose(test, test["material"].nunique(), params.seed)
    (real,) = store.read(inputs.clips, "clips/1", "sound", clip=clips)
    (match,) = store.read(inputs.clips, "clips/1", "sound", clip=matched(inputs.matches, clips))
    sounds = {"real": real, "retrieval": match}
    for system, path in zip(params.systems, inputs.sounds, strict=True):
        if system not in sounds:
            (sounds[system],) = store.read(path, "sounds/1", "sound", clip=clips)
    materials = test.set_index("clip")["material"][clips]
    rows = [(name, {system: sound[row] for system, sound in sounds.items()}) for row, name in enumerate(materials)]
    write(sheet(rows, Clip(**params.clip)), snakemake.output.png, snakemake.output.svg)
