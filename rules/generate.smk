rule copied_sounds:
    input:
        manifest="results/{corpus}/manifest.csv",
        clips="results/{corpus}/clips.h5",
        visual="results/{corpus}/visual.h5",
    output:
        sounds="results/{corpus}/generated/{copied}.h5",
        wavs=directory("results/{corpus}/generated/{copied}"),
    log:
        "results/{corpus}/logs/copied_sounds.{copied}.log",
    benchmark:
        "results/{corpus}/benchmarks/copied_sounds.{copied}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("copied_sounds"),
        clip=SOUND,
    script:
        "../workflow_scripts/copied_sounds.py"


rule diffused_sounds:
    input:
        manifest="results/{corpus}/manifest.csv",
        visual="results/{corpus}/visual.h5",
        physics=physics_source,
        model=system_denoiser,
    output:
        sounds="results/{corpus}/generated/{diffused}.h5",
        wavs=directory("results/{corpus}/generated/{diffused}"),
    log:
        "results/{corpus}/logs/diffused_sounds.{diffused}.log",
    benchmark:
        "results/{corpus}/benchmarks/diffused_sounds.{diffused}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=1,
    params:
        code=code("diffused_sounds"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        sampling=config["sampling"],
    script:
        "../workflow_scripts/diffused_sounds.py"
