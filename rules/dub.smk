include: "dub_helpers.smk"


rule dubbed:
    input:
        unpack(footage_files),
        model=f"results/{CORPUS}/model",
    output:
        video="results/footage/{name}.mp4",
        wav="results/footage/{name}.wav",
        hits="results/footage/{name}.hits.json",
    log:
        "results/footage/logs/dubbed.{name}.log",
    benchmark:
        "results/footage/benchmarks/dubbed.{name}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("dubbed"),
        sound=config["dubbing"]["sound"],
        loudness=config["dubbing"]["loudness"],
    script:
        "../workflow_scripts/dubbed.py"
