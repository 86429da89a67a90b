"""Dub a video: find its hits, or take those that are given, and give each the sound of what it looks like."""

from impactsound.dubbing.dub import Wishes, dub
from impactsound.dubbing.model import Model
from impactsound.jobs import device, job

with job(snakemake) as log:
    files, params = dict(snakemake.input.items()), snakemake.params
    wishes = Wishes(files.get("times"), files.get("edits"), params.sound, params.loudness, overwrite=True)
    model = Model.load(files["model"], device(snakemake))
    log.info("%s", dub(files["video"], snakemake.output.video, model, wishes))
