include: "model_helpers.smk"


rule model:
    input:
        unpack(model_network),
        vision=at("vision/model.safetensors"),
        onset=at("onset/model.safetensors"),
        renderer=at("residual/model.safetensors"),
        train=at("splits/train.csv"),
        validation=at("splits/validation.csv"),
        visual=at("visual.h5"),
        modes=at("modes.h5"),
        residual=at("residual.h5"),
        matches=at("matches.h5"),
    output:
        model=directory("results/{corpus}/model"),
    log:
        "results/{corpus}/logs/model.log",
    benchmark:
        "results/{corpus}/benchmarks/model.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("model"),
        corpus=config["corpus"]["name"],
        kind=config["corpus"]["kind"],
        materials=config["corpus"]["materials"],
        clip=config["clip"],
        system=vars(SYSTEMS[DUBBED]),
        name=DUBBED,
        sampling=of("sampling"),
        seed=[config["seed"], SEEDS[0]],
        bank=of("bank"),
    script:
        "../workflow_scripts/model.py"
