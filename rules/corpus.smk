rule simulate:
    output:
        videos=directory("results/{corpus}/videos"),
    log:
        "results/{corpus}/logs/simulate.log",
    benchmark:
        "results/{corpus}/benchmarks/simulate.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("simulate"),
        seed=config["seed"],
        simulation=config["simulation"],
        materials=config["corpus"]["materials"],
        test=config["corpus"]["test"],
    script:
        "../workflow_scripts/simulate.py"


rule manifest:
    input:
        videos=corpus_directory,
        files=corpus_files,
    output:
        manifest="results/{corpus}/manifest.csv",
        counts="results/{corpus}/manifest.counts.csv",
    log:
        "results/{corpus}/logs/manifest.log",
    benchmark:
        "results/{corpus}/benchmarks/manifest.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("manifest"),
        seed=config["seed"],
        clip=SOUND | FRAMES,
        corpus=corpus_settings,
    script:
        "../workflow_scripts/manifest.py"
