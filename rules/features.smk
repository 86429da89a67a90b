rule audio_features:
    input:
        clips=heard,
    output:
        features="results/{corpus}/features.h5",
    log:
        "results/{corpus}/logs/audio_features.log",
    benchmark:
        "results/{corpus}/benchmarks/audio_features.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("audio_features"),
        clip=SOUND | STFT,
    script:
        "../workflow_scripts/audio_features.py"
