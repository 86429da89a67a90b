rule dubbed_sounds:
    input:
        manifest="results/footage/manifest.csv",
        visual="results/footage/visual.h5",
        bank=f"results/{CORPUS}/bank.h5",
        model=f"results/{CORPUS}/denoiser/physics/model.safetensors",
    output:
        sounds="results/footage/generated.h5",
    log:
        "results/footage/logs/dubbed_sounds.log",
    benchmark:
        "results/footage/benchmarks/dubbed_sounds.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=1,
    params:
        code=code("dubbed_sounds"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        sampling=config["sampling"],
    script:
        "../workflow_scripts/dubbed_sounds.py"


rule mux:
    input:
        video=footage_video,
        manifest="results/footage/manifest.csv",
        sounds="results/footage/generated.h5",
    output:
        video="results/footage/{name}.mp4",
        wav="results/footage/{name}.wav",
    log:
        "results/footage/logs/mux.{name}.log",
    benchmark:
        "results/footage/benchmarks/mux.{name}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("mux"),
        clip=SOUND,
    script:
        "../workflow_scripts/mux.py"
