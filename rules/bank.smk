include: "bank_helpers.smk"


rule embedding_training:
    input:
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        visual=at("visual.h5"),
        features=at("features.h5"),
    output:
        model="results/{corpus}/embedding/model.safetensors",
        history="results/{corpus}/embedding/history.csv",
    log:
        "results/{corpus}/logs/embedding_training.log",
    benchmark:
        "results/{corpus}/benchmarks/embedding_training.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("embedding_training"),
        wildcards=as_params,
        seed=config["seed"],
        embedding=of("embedding"),
    script:
        "../workflow_scripts/embedding_training.py"


rule embedding:
    input:
        visual=at("visual.h5"),
        features=at("features.h5"),
        model=at("embedding/model.safetensors"),
    output:
        embedding="results/{corpus}/embedding.h5",
    log:
        "results/{corpus}/logs/embedding.log",
    benchmark:
        "results/{corpus}/benchmarks/embedding.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("embedding"),
    script:
        "../workflow_scripts/embedding.py"


rule matches:
    input:
        unpack(bank_files),
        train=at("splits/train.csv"),
    output:
        matches="results/{corpus}/matches.h5",
    log:
        "results/{corpus}/logs/matches.log",
    benchmark:
        "results/{corpus}/benchmarks/matches.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("matches"),
        bank=of("bank"),
    script:
        "../workflow_scripts/matches.py"


rule matching_table:
    input:
        unpack(regressed_files),
        train="results/{corpus}/splits/train.csv",
        validation="results/{corpus}/splits/validation.csv",
        test="results/{corpus}/splits/test.csv",
        modes="results/{corpus}/modes.h5",
        matches=matching_matches,
    output:
        table="results/{corpus}/tables/matching.csv",
        table_provenance="results/{corpus}/tables/matching.provenance.json",
        intervals="results/{corpus}/tables/matching_intervals.csv",
        intervals_provenance="results/{corpus}/tables/matching_intervals.provenance.json",
        reliability="results/{corpus}/tables/matching_reliability.csv",
        reliability_provenance="results/{corpus}/tables/matching_reliability.provenance.json",
        png="results/{corpus}/figures/matching.png",
        svg=report("results/{corpus}/figures/matching.svg", category="Figures"),
    log:
        "results/{corpus}/logs/matching_table.log",
    benchmark:
        "results/{corpus}/benchmarks/matching_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=regressed_code("matching_table"),
        seed=config["seed"],
        clip=SOUND | STFT,
        told=regressed_told,
        ways=matching_ways,
    script:
        "../workflow_scripts/matching_table.py"
