"""Score the answers of the listening study."""

from impactsound.evaluation.listening import read_key
from impactsound.evaluation.listening_answers import read_answers
from impactsound.evaluation.listening_score import listening_table, pass_rates
from impactsound.files import write_text
from impactsound.jobs import job

with job(snakemake) as log:
    key = read_key(snakemake.input.key)
    answers = read_answers(snakemake.input.answers, key)
    for participant, rate in pass_rates(answers, key).items():
        log.info("listener %s: %.0f %% of the catch trials right", participant, 100 * rate)
    table = listening_table(answers, key, snakemake.params.passing, snakemake.params.seed)
    write_text(snakemake.output.table, table.to_csv(index=False, lineterminator="\n"))
