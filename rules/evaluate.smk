rule classifier_training:
    input:
        train="results/{corpus}/splits/train.csv",
        validation="results/{corpus}/splits/validation.csv",
        clips="results/{corpus}/clips.h5",
    output:
        model="results/{corpus}/classifier/model.safetensors",
        history="results/{corpus}/classifier/history.csv",
    log:
        "results/{corpus}/logs/classifier_training.log",
    benchmark:
        "results/{corpus}/benchmarks/classifier_training.tsv"
    cache: KEPT
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("classifier_training"),
        wildcards=as_params,
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        materials=config["corpus"]["materials"],
        training=config["evaluation"]["training"],
    script:
        "../workflow_scripts/classifier_training.py"


rule comparison:
    input:
        unpack(extractor_files),
        train="results/{corpus}/splits/train.csv",
        test="results/{corpus}/splits/test.csv",
        clips="results/{corpus}/clips.h5",
        model="results/{corpus}/classifier/model.safetensors",
        sounds=generated_sounds,
    output:
        comparison="results/{corpus}/tables/comparison.csv",
        comparison_provenance="results/{corpus}/tables/comparison.provenance.json",
        accuracy="results/{corpus}/tables/accuracy.csv",
        accuracy_provenance="results/{corpus}/tables/accuracy.provenance.json",
        paired="results/{corpus}/tables/paired.csv",
        paired_provenance="results/{corpus}/tables/paired.provenance.json",
        confusion="results/{corpus}/tables/confusion.csv",
        confusion_provenance="results/{corpus}/tables/confusion.provenance.json",
        copies="results/{corpus}/tables/copies.csv",
        copies_provenance="results/{corpus}/tables/copies.provenance.json",
    log:
        "results/{corpus}/logs/comparison.log",
    benchmark:
        "results/{corpus}/benchmarks/comparison.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("comparison", *MEASURES),
        seed=config["seed"],
        materials=config["corpus"]["materials"],
        systems=COMPARED,
        reference=config["evaluation"]["reference"],
        extractor=config["evaluation"]["extractor"],
        measures=config["evaluation"]["measures"],
    script:
        "../workflow_scripts/comparison.py"


rule physics_table:
    input:
        test="results/{corpus}/splits/test.csv",
        clips="results/{corpus}/clips.h5",
        modes="results/{corpus}/modes.h5",
        residual="results/{corpus}/residual.h5",
        model="results/{corpus}/residual/model.safetensors",
        truth=known_truth,
    output:
        physics="results/{corpus}/tables/physics.csv",
        provenance="results/{corpus}/tables/physics.provenance.json",
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
        validation="results/{corpus}/splits/validation.csv",
        clips="results/{corpus}/clips.h5",
        judge="results/{corpus}/classifier/model.safetensors",
    output:
        table="results/{corpus}/tables/sampling.csv",
        provenance="results/{corpus}/tables/sampling.provenance.json",
        png="results/{corpus}/figures/sampling.png",
        svg=report("results/{corpus}/figures/sampling.svg", category="Figures"),
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


rule ablation:
    input:
        unpack(extractor_files),
        test="results/{corpus}/splits/test.csv",
        clips="results/{corpus}/clips.h5",
        model="results/{corpus}/classifier/model.safetensors",
        sounds=ablation_sounds,
    output:
        table="results/{corpus}/tables/ablation_{ablation}.csv",
        provenance="results/{corpus}/tables/ablation_{ablation}.provenance.json",
    log:
        "results/{corpus}/logs/ablation.{ablation}.log",
    benchmark:
        "results/{corpus}/benchmarks/ablation.{ablation}.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("ablation", *MEASURES),
        seed=config["seed"],
        materials=config["corpus"]["materials"],
        rows=ablation_rows,
        extractor=config["evaluation"]["extractor"],
        measures=config["evaluation"]["measures"],
    script:
        "../workflow_scripts/ablation.py"


rule noise_table:
    input:
        test="results/{corpus}/splits/test.csv",
        clips="results/{corpus}/clips.h5",
        truth=known_truth,
        heard=noise_clips,
        modes=in_variants(RECORDINGS, "modes.h5"),
        rendered=in_variants(RECORDINGS, "rendered.h5"),
    output:
        table="results/{corpus}/tables/noise.csv",
        provenance="results/{corpus}/tables/noise.provenance.json",
    log:
        "results/{corpus}/logs/noise_table.log",
    benchmark:
        "results/{corpus}/benchmarks/noise_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("noise_table"),
        clip=SOUND | STFT,
        recordings={name: VARIANTS.settings(VARIANTS.folder(name))["recording"] for name in RECORDINGS},
    script:
        "../workflow_scripts/noise_table.py"


rule unseen_table:
    input:
        test="results/{corpus}/splits/test.csv",
        train=in_variants(UNSEEN["variants"], "splits/train.csv"),
        truth=known_truth,
        clips="results/{corpus}/clips.h5",
        slots="results/{corpus}/slots.h5",
        model="results/{corpus}/classifier/model.safetensors",
        sounds=unseen_sounds,
    output:
        table="results/{corpus}/tables/unseen.csv",
        provenance="results/{corpus}/tables/unseen.provenance.json",
        clips="results/{corpus}/tables/unseen_clips.csv",
        clips_provenance="results/{corpus}/tables/unseen_clips.provenance.json",
        png="results/{corpus}/figures/unseen.png",
        svg=report("results/{corpus}/figures/unseen.svg", category="Figures"),
    log:
        "results/{corpus}/logs/unseen_table.log",
    benchmark:
        "results/{corpus}/benchmarks/unseen_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("unseen_table"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
        materials=config["corpus"]["materials"],
        left_out={name: VARIANTS.settings(VARIANTS.folder(name))["left_out"] for name in UNSEEN["variants"]},
        rows=unseen_rows,
    script:
        "../workflow_scripts/unseen_table.py"


rule heard_modes_table:
    input:
        test="results/{corpus}/splits/test.csv",
        clips="results/{corpus}/clips.h5",
        modes="results/{corpus}/modes.h5",
        truth=known_truth,
        sounds=generated_sounds,
    output:
        table="results/{corpus}/tables/heard_modes.csv",
        provenance="results/{corpus}/tables/heard_modes.provenance.json",
    log:
        "results/{corpus}/logs/heard_modes_table.log",
    benchmark:
        "results/{corpus}/benchmarks/heard_modes_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("heard_modes_table"),
        clip=SOUND | STFT,
        modes=config["modes"],
        rows=compared_rows,
    script:
        "../workflow_scripts/heard_modes_table.py"
