include: "vision_helpers.smk"


rule vision_training:
    input:
        unpack(initial_weights),
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        clips=at("clips.h5"),
    output:
        model="results/{corpus}/vision/model.safetensors",
        history="results/{corpus}/vision/history.csv",
    log:
        "results/{corpus}/logs/vision_training.log",
    benchmark:
        "results/{corpus}/benchmarks/vision_training.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("vision_training"),
        wildcards=as_params,
        seed=config["seed"],
        materials=config["corpus"]["materials"],
        vision=of("vision"),
    script:
        "../workflow_scripts/vision_training.py"


rule visual:
    input:
        clips=at("clips.h5"),
        model=at("vision/model.safetensors"),
    output:
        visual=whole("visual.h5"),
    log:
        of_shard("logs/visual.log"),
    benchmark:
        of_shard("benchmarks/visual.tsv")
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("visual"),
        wildcards=as_params,
        shard=shard,
    script:
        "../workflow_scripts/visual.py"
