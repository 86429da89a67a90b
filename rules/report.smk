rule table_formats:
    input:
        table="results/{corpus}/tables/{table}.csv",
    output:
        markdown="results/{corpus}/tables/{table}.md",
        latex="results/{corpus}/tables/{table}.tex",
        html=report("results/{corpus}/tables/{table}.html", category="Tables"),
    log:
        "results/{corpus}/logs/table_formats.{table}.log",
    benchmark:
        "results/{corpus}/benchmarks/table_formats.{table}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("table_formats"),
    script:
        "../workflow_scripts/table_formats.py"


rule report:
    input:
        manifest="results/{corpus}/manifest.csv",
        counts="results/{corpus}/manifest.counts.csv",
        clips="results/{corpus}/clips.h5",
        tables=expand("results/{{corpus}}/tables/{table}.csv", table=TABLES),
        pictures=expand("results/{{corpus}}/figures/{picture}.png", picture=PICTURES),
        modes="results/{corpus}/modes.h5",
        sounds=shown_sounds,
        histories=histories,
        unseen=unseen_heard,
    output:
        report=report("results/{corpus}/report.html", category="Report"),
        spectrograms=multiext("results/{corpus}/figures/spectrograms", ".png", ".svg"),
        modes=multiext("results/{corpus}/figures/modes", ".png", ".svg"),
    log:
        "results/{corpus}/logs/report.log",
    benchmark:
        "results/{corpus}/benchmarks/report.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("report"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM | FRAMES,
        report=config["report"],
        systems=COMPARED,
        unseen=unseen_played,
    script:
        "../workflow_scripts/report.py"
