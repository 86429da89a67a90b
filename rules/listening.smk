LISTENING = config["listening"]
LISTENED = list(
    dict.fromkeys([LISTENING["reference"], *(row for pair in LISTENING["pairs"] for row in pair)])
)

for row in LISTENED:
    variant, _, system = row.rpartition("/")
    if system not in SYSTEMS:
        raise WorkflowError(f"config: listening: no system {system!r} is listed under `systems`")
    if variant and variant not in VARIANTS.names:
        raise WorkflowError(f"config: listening: no variant {variant!r} is listed under `variants`")

ANSWERS = (
    sorted(str(path) for path in Path(LISTENING["answers"]).glob("*.csv")) if LISTENING["answers"] else []
)
if LISTENING["answers"] and not ANSWERS:
    raise WorkflowError(f"{LISTENING['answers']}: listening.answers holds no .csv that a listener saved")


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
        answers=ANSWERS,
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
