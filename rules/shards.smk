rule gathered:
    input:
        parts=parts,
    output:
        whole="results/{corpus}/{sharded}.h5",
    log:
        "results/{corpus}/logs/gathered.{sharded}.log",
    benchmark:
        "results/{corpus}/benchmarks/gathered.{sharded}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("gathered"),
    script:
        "../workflow_scripts/gathered.py"
