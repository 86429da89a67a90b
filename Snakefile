from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/download.smk"
include: "rules/corpus.smk"
include: "rules/shards.smk"
include: "rules/media.smk"
include: "rules/physics.smk"
include: "rules/features.smk"
include: "rules/vision.smk"
include: "rules/bank.smk"
include: "rules/diffusion.smk"
include: "rules/generate.smk"
include: "rules/vocoder.smk"
include: "rules/evaluate.smk"
include: "rules/editing.smk"
include: "rules/figures.smk"
include: "rules/listening.smk"
include: "rules/report.smk"
include: "rules/onset.smk"
include: "rules/model.smk"
include: "rules/dub.smk"
include: "rules/timing.smk"


localrules:
    all,
    listening,
    dub,


rule all:
    default_target: True
    input:
        expand(
            "results/{corpus}/tables/{table}.{suffix}",
            corpus=CORPUS,
            table=TABLES,
            suffix=["md", "tex"],
        ),
        expand(
            "results/{corpus}/figures/{figure}.{suffix}",
            corpus=CORPUS,
            figure=FIGURES,
            suffix=["png", "svg"],
        ),
        f"results/{CORPUS}/report.html",
        f"results/{CORPUS}/model",


rule listening:
    input:
        f"results/{CORPUS}/listening/study.html",
        expand(
            "results/{corpus}/tables/listening.{suffix}",
            corpus=CORPUS,
            suffix=["md", "tex"] if config["listening"]["answers"] else [],
        ),


rule dub:
    input:
        dubbed_videos,
