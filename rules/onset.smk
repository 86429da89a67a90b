rule onset_features:
    input:
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        vision=at("vision/model.safetensors"),
        videos=made_videos,
    output:
        features=whole("onset/features.h5"),
    log:
        of_shard("logs/onset_features.log"),
    benchmark:
        of_shard("benchmarks/onset_features.tsv")
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("onset_features"),
        shard=shard,
        seed=config["seed"],
        frames={key: config["clip"][key] for key in ("frame_rate", "frame_size")},
    script:
        "../workflow_scripts/onset_features.py"


rule onset_training:
    input:
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        events=f"results/{CORPUS}/events.csv",
        features=at("onset/features.h5"),
    output:
        model="results/{corpus}/onset/model.safetensors",
        history="results/{corpus}/onset/history.csv",
    log:
        "results/{corpus}/logs/onset_training.log",
    benchmark:
        "results/{corpus}/benchmarks/onset_training.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("onset_training"),
        wildcards=as_params,
        seed=config["seed"],
        actions=config["corpus"]["actions"],
        onset=of("onset"),
    script:
        "../workflow_scripts/onset_training.py"


rule onset_table:
    input:
        test=at("splits/test.csv"),
        events=f"results/{CORPUS}/events.csv",
        vision=at("vision/model.safetensors"),
        model=at("onset/model.safetensors"),
        videos=made_videos,
    output:
        table="results/{corpus}/tables/onsets.csv",
        provenance="results/{corpus}/tables/onsets.provenance.json",
        png="results/{corpus}/figures/onsets.png",
        svg=report("results/{corpus}/figures/onsets.svg", category="Figures"),
    log:
        "results/{corpus}/logs/onset_table.log",
    benchmark:
        "results/{corpus}/benchmarks/onset_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("onset_table"),
        seed=config["seed"],
        actions=config["corpus"]["actions"],
    script:
        "../workflow_scripts/onset_table.py"
