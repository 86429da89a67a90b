rule vision_training:
    input:
        manifest="results/{corpus}/manifest.csv",
        clips="results/{corpus}/clips.h5",
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
        vision=config["vision"],
    script:
        "../workflow_scripts/vision_training.py"


rule visual:
    input:
        clips="results/{corpus}/clips.h5",
        model=f"results/{CORPUS}/vision/model.safetensors",
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
