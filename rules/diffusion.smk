rule network_training:
    input:
        unpack(network_files),
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        clips=heard,
    output:
        model="results/{corpus}/networks/{network}/{seed}/model.safetensors",
        history="results/{corpus}/networks/{network}/{seed}/history.csv",
    log:
        "results/{corpus}/logs/network_training.{network}.{seed}.log",
    benchmark:
        "results/{corpus}/benchmarks/network_training.{network}.{seed}.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=network_code("network_training"),
        wildcards=as_params,
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        materials=config["corpus"]["materials"],
        system=network_system,
        settings=network_settings,
    script:
        "../workflow_scripts/network_training.py"


rule regressor_training:
    input:
        unpack(network_files),
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        generator="results/{corpus}/networks/{network}/{seed}/model.safetensors",
    output:
        model="results/{corpus}/networks/{network}/{seed}/regressor.safetensors",
        history="results/{corpus}/networks/{network}/{seed}/regressor.csv",
    log:
        "results/{corpus}/logs/regressor_training.{network}.{seed}.log",
    benchmark:
        "results/{corpus}/benchmarks/regressor_training.{network}.{seed}.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=network_code("regressor_training"),
        wildcards=as_params,
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        system=network_system,
        regressor=of("regressor"),
    script:
        "../workflow_scripts/regressor_training.py"
