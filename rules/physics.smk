rule modes:
    input:
        clips=heard,
    output:
        modes="results/{corpus}/modes.h5",
        slots="results/{corpus}/slots.h5",
    log:
        "results/{corpus}/logs/modes.log",
    benchmark:
        "results/{corpus}/benchmarks/modes.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("modes"),
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
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("residual_training"),
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
        residual="results/{corpus}/residual.h5",
        rendered="results/{corpus}/rendered.h5",
    log:
        "results/{corpus}/logs/residual.log",
    benchmark:
        "results/{corpus}/benchmarks/residual.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("residual"),
    script:
        "../workflow_scripts/residual.py"
