STAGES = [rule.name for rule in workflow.rules]  # in the order of the data flow; this file is included last

# What is taken from a cache takes no time, and Snakemake refuses a benchmark beside `cache`.
for stage in workflow.rules:
    if stage.cache.output:
        stage._benchmark = None


rule timing_table:
    input:
        # what is made last: every job has left its benchmark then, which is no output and cannot be waited for
        tables=expand(
            "results/{{corpus}}/tables/{table}.md",
            table=[table for table in TABLES if table not in STUDIES["timing"]],
        ),
    output:
        jobs="results/{corpus}/tables/timing.csv",
        jobs_provenance="results/{corpus}/tables/timing.provenance.json",
        stages="results/{corpus}/tables/timing_stages.csv",
        stages_provenance="results/{corpus}/tables/timing_stages.provenance.json",
        png="results/{corpus}/figures/timing.png",
        svg=report("results/{corpus}/figures/timing.svg", category="Figures"),
    log:
        "results/{corpus}/logs/timing_table.log",
    benchmark:
        "results/{corpus}/benchmarks/timing_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("timing_table"),
        stages=STAGES,
    script:
        "../workflow_scripts/timing_table.py"
