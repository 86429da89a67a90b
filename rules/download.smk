# The machines of a cluster often have no way out.
localrules:
    greatest_hits,


# Nothing takes its output as an input: it runs when it is asked for, and never else. The folder is no output, for
# Snakemake deletes outputs before a job.
rule greatest_hits:
    output:
        record="results/downloads/greatest_hits.json",
    log:
        "results/downloads/logs/greatest_hits.log",
    benchmark:
        "results/downloads/benchmarks/greatest_hits.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("download"),
        release=config["download"],
    script:
        "../workflow_scripts/download.py"
