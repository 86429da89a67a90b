"""Download the release of Greatest Hits, and unpack it to a folder."""

import json

from impactsound.corpus.download.greatest_hits import Release, download
from impactsound.files import write_text
from impactsound.jobs import job

with job(snakemake):
    record = download(Release(**snakemake.params.release))
    write_text(snakemake.output.record, json.dumps(record, indent=2) + "\n")
