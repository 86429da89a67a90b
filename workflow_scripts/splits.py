"""List the clips of each split, without those that are to be left out of training."""

from impactsound.corpus.left_out import is_left_out, splits
from impactsound.corpus.table import load, save
from impactsound.jobs import job

with job(snakemake) as log:
    files = dict(snakemake.input.items())
    manifest = load(files["manifest"])
    out = is_left_out(manifest, **snakemake.params.left_out, truth=files.get("truth"))
    for split, rows in splits(manifest, out).items():
        log.info("%s: %d clips of %d videos", split, len(rows), rows["video"].nunique())
        save(rows, snakemake.output[split])
