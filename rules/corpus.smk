include: "cache_helpers.smk"
include: "corpus_helpers.smk"


rule simulate:
    output:
        videos=directory("results/{corpus}/videos"),
    log:
        "results/{corpus}/logs/simulate.log",
    benchmark:
        "results/{corpus}/benchmarks/simulate.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("simulate"),
        wildcards=as_params,
        seed=config["seed"],
        simulation=config["simulation"],
        materials=config["corpus"]["materials"],
        test=config["corpus"]["test"],
    script:
        "../workflow_scripts/simulate.py"


rule manifest:
    input:
        videos=corpus_files,
    output:
        manifest="results/{corpus}/manifest.csv",
        counts="results/{corpus}/manifest.counts.csv",
        events="results/{corpus}/events.csv",
    log:
        "results/{corpus}/logs/manifest.log",
    benchmark:
        "results/{corpus}/benchmarks/manifest.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("manifest", KIND),
        seed=config["seed"],
        clip=SOUND | FRAMES,
        directory=corpus_directory,
        corpus=corpus_settings,
    script:
        "../workflow_scripts/manifest.py"


rule splits:
    input:
        manifest=f"results/{CORPUS}/manifest.csv",
        truth=left_out_truth,
    output:
        train="results/{corpus}/splits/train.csv",
        validation="results/{corpus}/splits/validation.csv",
        test="results/{corpus}/splits/test.csv",
    log:
        "results/{corpus}/logs/splits.log",
    benchmark:
        "results/{corpus}/benchmarks/splits.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("splits"),
        left_out=of("left_out"),
    script:
        "../workflow_scripts/splits.py"
