rule modes:
    input:
        clips=heard,
    output:
        modes=whole("modes.h5"),
        slots=whole("slots.h5"),
    log:
        of_shard("logs/modes.log"),
    benchmark:
        of_shard("benchmarks/modes.tsv")
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("modes"),
        wildcards=as_params,
        shard=shard,
        clip=SOUND | STFT,
        modes=of("modes"),
    script:
        "../workflow_scripts/modes.py"


rule residual_training:
    input:
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        clips=heard,
        modes=at("modes.h5"),
    output:
        model="results/{corpus}/residual/model.safetensors",
        history="results/{corpus}/residual/history.csv",
    log:
        "results/{corpus}/logs/residual_training.log",
    benchmark:
        "results/{corpus}/benchmarks/residual_training.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("residual_training"),
        wildcards=as_params,
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        residual=of("residual"),
    script:
        "../workflow_scripts/residual_training.py"


rule residual:
    input:
        clips=heard,
        modes=at("modes.h5"),
        model=at("residual/model.safetensors"),
    output:
        residual=whole("residual.h5"),
        rendered=whole("rendered.h5"),
    log:
        of_shard("logs/residual.log"),
    benchmark:
        of_shard("benchmarks/residual.tsv")
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("residual"),
        wildcards=as_params,
        shard=shard,
    script:
        "../workflow_scripts/residual.py"
