"""Score the onset detector and the baseline on the test videos, and draw what they find."""

from impactsound import weights
from impactsound.corpus.table import EVENTS
from impactsound.corpus.table import load as load_manifest
from impactsound.evaluation.pictures import write
from impactsound.jobs import device, job
from impactsound.onset.compared import compared
from impactsound.onset.events import events_of
from impactsound.onset.figure import onset_figure
from impactsound.onset.find import load
from impactsound.onset.scores import onset_table
from impactsound.progress import progress
from impactsound.provenance import write_table
from impactsound.vision.tsm import TSM

with job(snakemake):
    place, params, inputs = device(snakemake), snakemake.params, snakemake.input
    vision = weights.load(inputs.vision, TSM(**weights.config(inputs.vision))).to(place)
    detector = load(inputs.model, inputs.vision)
    detector.network.to(place)
    events = events_of(load_manifest(inputs.test), load_manifest(inputs.events, EVENTS), params.actions)
    seen = [compared(video.path, vision, detector) for video in progress(list(events.values()), "onsets")]
    found = {name: [video[name].time for video in seen] for name in seen[0]}
    table = onset_table(list(events.values()), found, params.seed)
    write_table(snakemake, table, snakemake.output.table)
    name, *_ = events
    figure = onset_figure(name, events[name], seen[0], list(events.values()), found, detector.frame_rate)
    write(figure, snakemake.output.png, snakemake.output.svg)
