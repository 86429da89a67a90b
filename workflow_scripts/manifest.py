"""List the impacts of a corpus that can be cut out whole, and all of its events."""

from impactsound.config import Clip
from impactsound.corpus.manifest import counts, manifest_of, read_events, save_log
from impactsound.corpus.table import EVENTS, save
from impactsound.jobs import job

with job(snakemake) as log:
    settings, clip = dict(snakemake.params.corpus), Clip(**snakemake.params.clip)
    shares = {name: settings.pop(name) for name in ("validation", "test")}
    events = read_events(directory=snakemake.params.directory, clip=clip, workers=snakemake.threads, **settings)
    found = counts(events)
    for fate, number in found.items():
        log.info("%s: %d", fate, number)
    save(manifest_of(events, seed=snakemake.params.seed, **shares), snakemake.output.manifest)
    save(events[list(EVENTS)], snakemake.output.events)
    save_log(found, snakemake.output.counts)
