rule clips:
    input:
        manifest="results/{corpus}/manifest.csv",
        videos=made_videos,
    output:
        clips=whole("clips.h5"),
    log:
        of_shard("logs/clips.log"),
    benchmark:
        of_shard("benchmarks/clips.tsv")
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("clips"),
        shard=shard,
        clip=SOUND | FRAMES,
    script:
        "../workflow_scripts/clips.py"


rule disturbed:
    input:
        clips=f"results/{CORPUS}/clips.h5",
    output:
        disturbed=whole("disturbed.h5"),
    log:
        of_shard("logs/disturbed.log"),
    benchmark:
        of_shard("benchmarks/disturbed.tsv")
    conda:
        "../envs/impactsound.yaml"
    threads: THREADS
    params:
        code=code("disturbed"),
        shard=shard,
        seed=config["seed"],
        clip=SOUND,
        recording=of("recording"),
    script:
        "../workflow_scripts/disturbed.py"
