"""Make Markdown, LaTeX and HTML of a table."""

from impactsound.evaluation.tables import to_html, to_latex, to_markdown
from impactsound.files import write_text
from impactsound.jobs import job

with job(snakemake):
    write_text(snakemake.output.markdown, to_markdown(snakemake.input.table))
    write_text(snakemake.output.latex, to_latex(snakemake.input.table))
    write_text(snakemake.output.html, to_html(snakemake.input.table))
