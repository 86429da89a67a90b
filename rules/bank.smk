rule matches:
    input:
        train=at("splits/train.csv"),
        bank=bank,
        visual=at("visual.h5"),
    output:
        matches="results/{corpus}/matches.h5",
    log:
        "results/{corpus}/logs/matches.log",
    benchmark:
        "results/{corpus}/benchmarks/matches.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("matches"),
    script:
        "../workflow_scripts/matches.py"
