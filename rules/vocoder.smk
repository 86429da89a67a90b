rule vocoder_table:
    input:
        validation="results/{corpus}/splits/validation.csv",
        clips="results/{corpus}/clips.h5",
        rendered="results/{corpus}/rendered.h5",
        matches="results/{corpus}/matches.h5",
    output:
        table="results/{corpus}/tables/vocoder.csv",
        provenance="results/{corpus}/tables/vocoder.provenance.json",
        png="results/{corpus}/figures/vocoder.png",
        svg=report("results/{corpus}/figures/vocoder.svg", category="Figures"),
    log:
        "results/{corpus}/logs/vocoder_table.log",
    benchmark:
        "results/{corpus}/benchmarks/vocoder_table.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    resources:
        gpu=GPU,
    params:
        code=code("vocoder_table"),
        seed=config["seed"],
        clip=SOUND | SPECTROGRAM,
    script:
        "../workflow_scripts/vocoder_table.py"
