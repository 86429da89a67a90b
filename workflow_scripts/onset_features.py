"""What changes and moves in every frame of the videos that the onset detector learns from."""

from impactsound import weights
from impactsound.corpus.manifest import load
from impactsound.jobs import device, job
from impactsound.onset.features import write
from impactsound.vision.tsm import TSM

with job(snakemake):
    place, params, inputs = device(snakemake), snakemake.params, snakemake.input
    vision = weights.load(inputs.vision, TSM(**weights.config(inputs.vision))).to(place)
    videos = {}
    for split in (inputs.train, inputs.validation):
        rows = load(split)
        videos |= dict(zip(rows["video"], rows["path_video"], strict=True))
    workers = 1 if place == "cpu" else snakemake.threads  # a CPU's threads are all at work on one video
    notes = {"vision": weights.digest(inputs.vision)}
    source = {name: str(path) for name, path in inputs.items()}
    write(snakemake.output.features, videos, vision, **params.frames, workers=workers, config=notes, source=source)
