from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/corpus.smk"
include: "rules/media.smk"
include: "rules/physics.smk"
include: "rules/features.smk"
include: "rules/vision.smk"
include: "rules/bank.smk"
include: "rules/diffusion.smk"
include: "rules/generate.smk"
include: "rules/vocoder.smk"
include: "rules/evaluate.smk"
include: "rules/report.smk"
include: "rules/dub.smk"


localrules:
    all,
    tables,
    dub,


rule all:
    default_target: True
    input:
        f"results/{CORPUS}/tables/comparison.md",
        f"results/{CORPUS}/tables/comparison.tex",
        f"results/{CORPUS}/tables/accuracy.md",
        f"results/{CORPUS}/tables/accuracy.tex",
        f"results/{CORPUS}/tables/physics.md",
        f"results/{CORPUS}/tables/physics.tex",
        f"results/{CORPUS}/tables/sampling.md",
        f"results/{CORPUS}/tables/sampling.tex",
        f"results/{CORPUS}/tables/vocoder.md",
        f"results/{CORPUS}/tables/vocoder.tex",
        f"results/{CORPUS}/report.html",


rule tables:
    input:
        rules.all.input,
        expand(
            "results/{corpus}/tables/{table}.{suffix}",
            corpus=CORPUS,
            table=TABLES,
            suffix=["md", "tex"],
        ),


rule dub:
    input:
        dubbed_videos,
