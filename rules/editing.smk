include: "editing_helpers.smk"


rule editing_table:
    input:
        test=at("splits/test.csv"),
        visual=at("visual.h5"),
        matches=at("matches.h5"),
        modes=at("modes.h5"),
        residual=at("residual.h5"),
        renderer=at("residual/model.safetensors"),
        models=editing_models,
    output:
        table="results/{corpus}/tables/editing.csv",
        provenance="results/{corpus}/tables/editing.provenance.json",
        png="results/{corpus}/figures/editing.png",
        svg=report("results/{corpus}/figures/editing.svg", category="Figures"),
    log:
        "results/{corpus}/logs/editing_table.log",
    benchmark:
        "results/{corpus}/benchmarks/editing_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("editing_table", *editing_modules()),
        seed=config["seed"],
        network_seed=SEEDS[0],
        clip=SOUND | SPECTROGRAM,
        materials=config["corpus"]["materials"],
        systems={name: vars(SYSTEMS[name]) for name in EDITING["systems"]},
        sampling=of("sampling"),
        editing=EDITING,
    script:
        "../workflow_scripts/editing_table.py"
