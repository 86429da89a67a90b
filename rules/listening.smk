LISTENING = config["listening"]
LISTENED = list(dict.fromkeys([LISTENING["reference"], *(row for pair in LISTENING["pairs"] for row in pair)]))

for row in LISTENED:
    if row.rpartition("/")[2] not in SYSTEMS:
        raise WorkflowError(f"config: listening: no system {row!r} is listed under `systems`")
    if row.rpartition("/")[0] not in ["", *VARIANTS.names]:
        raise WorkflowError(f"config: listening: no variant of {row!r} is listed under `variants`")


def listeners_answers(wildcards):
    """The files that listeners saved."""
    folder = LISTENING["answers"]
    found = sorted(str(path) for path in Path(folder).glob("*.csv")) if folder else []
    if not found:
        raise WorkflowError(
            f"config: listening.answers = {folder!r}; give a folder with the .csv files that listeners saved"
        )
    return found


rule listening_study:
    input:
        test="results/{corpus}/splits/test.csv",
        clips="results/{corpus}/clips.h5",
        sounds=[sounds_at(row, SEEDS[0]) for row in LISTENED],
    output:
        page="results/{corpus}/listening/study.html",
        key="results/{corpus}/listening/key.csv",
    log:
        "results/{corpus}/logs/listening_study.log",
    benchmark:
        "results/{corpus}/benchmarks/listening_study.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("listening_study"),
        seed=config["seed"],
        clip=SOUND | STFT | FRAMES,
        systems=LISTENED,
        pairs=LISTENING["pairs"],
        reference=LISTENING["reference"],
        clips=LISTENING["clips"],
        catch=LISTENING["catch"],
    script:
        "../workflow_scripts/listening_study.py"


rule listening_score:
    input:
        key="results/{corpus}/listening/key.csv",
        answers=listeners_answers,
    output:
        table="results/{corpus}/tables/listening.csv",
    log:
        "results/{corpus}/logs/listening_score.log",
    benchmark:
        "results/{corpus}/benchmarks/listening_score.tsv"
    conda:
        "../envs/impactsound.yaml"
    threads: 1
    params:
        code=code("listening_score"),
        seed=config["seed"],
        passing=LISTENING["passing"],
    script:
        "../workflow_scripts/listening_score.py"
