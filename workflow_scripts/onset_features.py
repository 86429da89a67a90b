"""What changes and moves in every frame of the videos that the onset detector learns from."""

from impactsound import weights
from impactsound.corpus.table import load
from impactsound.jobs import device, job
from impactsound.onset.features import write
from impactsound.onset.views import View, draw_view
from impactsound.shards import share
from impactsound.vision.tsm import TSM

with job(snakemake):
    place, params, inputs = device(snakemake), snakemake.params, snakemake.input
    vision = weights.load(inputs.vision, TSM(**weights.config(inputs.vision))).to(place)
    paths = {split: load(inputs[split]).set_index("video")["path_video"] for split in ("train", "validation")}
    videos = {name: (path, draw_view(name, params.seed)) for name, path in paths["train"].items()}
    videos |= {name: (path, View()) for name, path in paths["validation"].items()}
    videos = dict(share(list(videos.items()), params.shard, "videos"))
    workers = 1 if place == "cpu" else snakemake.threads  # a CPU's threads are all at work on one video
    notes = {"vision": weights.digest(inputs.vision)}
    source = {name: str(path) for name, path in inputs.items()}
    write(snakemake.output.features, videos, vision, **params.frames, workers=workers, config=notes, source=source)
