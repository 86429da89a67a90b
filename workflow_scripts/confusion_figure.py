"""Draw what the judge hears in the sounds of each material."""

import pandas as pd

from impactsound.evaluation.confusion_figure import confusion_figure
from impactsound.evaluation.pictures import write
from impactsound.jobs import job

with job(snakemake):
    table = pd.read_csv(snakemake.input.table, keep_default_na=False)
    write(confusion_figure(table), snakemake.output.png, snakemake.output.svg)
