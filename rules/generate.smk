rule copied_sounds:
    input:
        unpack(copied_source),
        test=at("splits/test.csv"),
    output:
        sounds="results/{corpus}/generated/{copied}/{seed}.h5",
        wavs=directory("results/{corpus}/generated/{copied}/{seed}"),
    log:
        "results/{corpus}/logs/copied_sounds.{copied}.{seed}.log",
    benchmark:
        "results/{corpus}/benchmarks/copied_sounds.{copied}.{seed}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("copied_sounds"),
        clip=SOUND,
        makes=copied_makes,
    script:
        "../workflow_scripts/copied_sounds.py"


rule generated_sounds:
    input:
        unpack(system_files),
        test=at("splits/test.csv"),
    output:
        sounds="results/{corpus}/generated/{generated}/{seed}.h5",
        wavs=directory("results/{corpus}/generated/{generated}/{seed}"),
    log:
        "results/{corpus}/logs/generated_sounds.{generated}.{seed}.log",
    benchmark:
        "results/{corpus}/benchmarks/generated_sounds.{generated}.{seed}.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=network_code("generated_sounds"),
        wildcards=as_params,
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        materials=config["corpus"]["materials"],
        system=generated_system,
        sampling=of("sampling"),
    script:
        "../workflow_scripts/generated_sounds.py"
