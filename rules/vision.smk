rule vision_training:
    input:
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
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("vision_training"),
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
        visual="results/{corpus}/visual.h5",
    log:
        "results/{corpus}/logs/visual.log",
    benchmark:
        "results/{corpus}/benchmarks/visual.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("visual"),
    script:
        "../workflow_scripts/visual.py"
