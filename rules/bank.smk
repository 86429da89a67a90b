rule bank:
    input:
        manifest="results/{corpus}/manifest.csv",
        visual="results/{corpus}/visual.h5",
        latents="results/{corpus}/physics_latents.h5",
    output:
        bank="results/{corpus}/bank.h5",
    log:
        "results/{corpus}/logs/bank.log",
    benchmark:
        "results/{corpus}/benchmarks/bank.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("bank"),
    script:
        "../workflow_scripts/bank.py"
