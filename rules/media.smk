rule clips:
    input:
        manifest="results/{corpus}/manifest.csv",
    output:
        clips="results/{corpus}/clips.h5",
    log:
        "results/{corpus}/logs/clips.log",
    benchmark:
        "results/{corpus}/benchmarks/clips.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("clips"),
        clip=SOUND | FRAMES,
    script:
        "../workflow_scripts/clips.py"


rule disturbed:
    input:
        clips=f"results/{CORPUS}/clips.h5",
    output:
        disturbed="results/{corpus}/disturbed.h5",
    log:
        "results/{corpus}/logs/disturbed.log",
    benchmark:
        "results/{corpus}/benchmarks/disturbed.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("disturbed"),
        seed=config["seed"],
        clip=SOUND,
        recording=of("recording"),
    script:
        "../workflow_scripts/disturbed.py"
