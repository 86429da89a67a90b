rule classifier_training:
    input:
        manifest="results/{corpus}/manifest.csv",
        clips="results/{corpus}/clips.h5",
    output:
        model="results/{corpus}/classifier/model.safetensors",
        history="results/{corpus}/classifier/history.csv",
    log:
        "results/{corpus}/logs/classifier_training.log",
    benchmark:
        "results/{corpus}/benchmarks/classifier_training.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("classifier_training"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        materials=config["corpus"]["materials"],
        training=config["evaluation"]["training"],
    script:
        "../workflow_scripts/classifier_training.py"


rule comparison:
    input:
        manifest="results/{corpus}/manifest.csv",
        clips="results/{corpus}/clips.h5",
        model="results/{corpus}/classifier/model.safetensors",
        sounds=generated_sounds,
    output:
        comparison="results/{corpus}/tables/comparison.csv",
        accuracy="results/{corpus}/tables/accuracy.csv",
    log:
        "results/{corpus}/logs/comparison.log",
    benchmark:
        "results/{corpus}/benchmarks/comparison.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("comparison"),
        seed=config["seed"],
        materials=config["corpus"]["materials"],
        systems=COMPARED,
    script:
        "../workflow_scripts/comparison.py"


rule physics_table:
    input:
        manifest="results/{corpus}/manifest.csv",
        clips="results/{corpus}/clips.h5",
        modes="results/{corpus}/modes.h5",
        residual="results/{corpus}/residual.h5",
        model="results/{corpus}/residual/model.safetensors",
        truth=known_truth,
    output:
        physics="results/{corpus}/tables/physics.csv",
    log:
        "results/{corpus}/logs/physics_table.log",
    benchmark:
        "results/{corpus}/benchmarks/physics_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("physics_table"),
        clip=SOUND | STFT,
    script:
        "../workflow_scripts/physics_table.py"


rule sampling_table:
    input:
        unpack(sampled_files),
        manifest="results/{corpus}/manifest.csv",
        clips="results/{corpus}/clips.h5",
        judge="results/{corpus}/classifier/model.safetensors",
    output:
        table="results/{corpus}/tables/sampling.csv",
        figure="results/{corpus}/figures/sampling.png",
    log:
        "results/{corpus}/logs/sampling_table.log",
    benchmark:
        "results/{corpus}/benchmarks/sampling_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("sampling_table"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        materials=config["corpus"]["materials"],
        system=vars(SYSTEMS[SAMPLED]),
        sampling=config["sampling"],
        table=config["evaluation"]["sampling"],
    script:
        "../workflow_scripts/sampling_table.py"
