rule confusion_figure:
    input:
        table="results/{corpus}/tables/confusion.csv",
    output:
        png="results/{corpus}/figures/confusion.png",
        svg=report("results/{corpus}/figures/confusion.svg", category="Figures"),
    log:
        "results/{corpus}/logs/confusion_figure.log",
    benchmark:
        "results/{corpus}/benchmarks/confusion_figure.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("confusion_figure"),
    script:
        "../workflow_scripts/confusion_figure.py"


rule training_curves:
    input:
        histories=histories,
    output:
        png="results/{corpus}/figures/training.png",
        svg=report("results/{corpus}/figures/training.svg", category="Figures"),
    log:
        "results/{corpus}/logs/training_curves.log",
    benchmark:
        "results/{corpus}/benchmarks/training_curves.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("training_curves"),
    script:
        "../workflow_scripts/training_curves.py"


rule panels:
    input:
        test="results/{corpus}/splits/test.csv",
        clips="results/{corpus}/clips.h5",
        matches="results/{corpus}/matches.h5",
        sounds=shown_sounds,
    output:
        png="results/{corpus}/figures/panels.png",
        svg=report("results/{corpus}/figures/panels.svg", category="Figures"),
    log:
        "results/{corpus}/logs/panels.log",
    benchmark:
        "results/{corpus}/benchmarks/panels.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("panels"),
        seed=config["seed"],
        clip=SOUND | STFT,
        systems=COMPARED,
    script:
        "../workflow_scripts/panels.py"
