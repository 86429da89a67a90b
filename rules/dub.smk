rule mux:
    input:
        video=footage_video,
        manifest="results/footage/manifest.csv",
        sounds=f"results/footage/generated/{DUBBING}/{SEEDS[0]}.h5",
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
