import os
import re
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from impactsound import plugins
from impactsound.corpus.folder import KINDS, is_video
from impactsound.digest import code_digest
from impactsound.dubbing.systems import check_dubs
from impactsound.errors import InputError
from impactsound.jobs import gpus
from impactsound.settings import check
from impactsound.systems import FROM_SOUND, read_systems, settings_of
from impactsound.variants import Variants
from snakemake.exceptions import WorkflowError

try:
    check(config, ROOT / "schemas" / "config.schema.yaml")
    SYSTEMS = read_systems(config["systems"])
    for system in SYSTEMS.values():
        if system.trained:
            settings_of(system.network, config)
    # the modules that are found by the names in the config
    KIND = plugins.module(plugins.CORPORA, config["corpus"]["kind"], "corpus.kind")
    MEASURES = [
        plugins.module(plugins.MEASURES, name, "evaluation.measures")
        for name in config["evaluation"]["measures"]
    ]
    VARIANTS = Variants(config)
    for variant in VARIANTS.names:
        check(
            VARIANTS.settings(VARIANTS.folder(variant)),
            ROOT / "schemas" / "config.schema.yaml",
            f"config: variants.{variant}",
        )
except InputError as error:
    raise WorkflowError(str(error)) from None

# OpenMP's threads shall sleep soon when they wait: beside other work, spinning ones take several times as long
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

CORPUS = config["corpus"]["name"]
THREADS = config["threads"]
# without a GPU its jobs need not wait for each other
GPU = gpus() if config["gpu"] is None else config["gpu"]
SEEDS = config["seeds"]
SHARDS = config["shards"]
SAMPLED = config["evaluation"]["sampling"]["system"]
DUBBED = config["dubbing"]["system"]  # the system that footage is dubbed by
COMPARED = config["evaluation"]["systems"] or [
    name for name in SYSTEMS if config["systems"][name].get("compared", True)
]
# what a stage needs of a clip's settings, so that changing the rest does not make it run again
SOUND = {key: config["clip"][key] for key in ("sample_rate", "duration")}
FRAMES = {key: config["clip"][key] for key in ("frames", "frame_rate", "frame_size")}
STFT = {key: config["clip"][key] for key in ("n_fft", "hop")}
SPECTROGRAM = STFT | {key: config["clip"][key] for key in ("floor", "ceiling")}


def named(systems):
    """A pattern that matches these names and no other."""
    return "|".join(map(re.escape, systems)) or "(?!)"


# stages that work clip by clip, or video by video, by what they write
SHARDED = ["clips", "disturbed", "modes", "slots", "residual", "rendered", "visual", "onset/features"]


wildcard_constraints:
    shard="[0-9]+",
    sharded=named(SHARDED if SHARDS > 1 else []),
    corpus=f"{re.escape(CORPUS)}(/variants/({named(VARIANTS.names)}))?",
    table="[a-z_0-9]+",
    ablation=named(config["ablations"]),
    seed="[0-9]+",
    network=named(name for name, system in SYSTEMS.items() if system.trained and system.network == name),
    generated=named(name for name, system in SYSTEMS.items() if system.trained),
    copied=named(name for name, system in SYSTEMS.items() if not system.trained),


RECORDINGS = ["", *config["evaluation"]["noise"]]
UNSEEN = config["evaluation"]["unseen"]
STUDIES = {
    "ablations": [f"ablation_{name}" for name in config["ablations"]],
    "matching": ["matching", "matching_intervals", "matching_reliability"],
    "unseen": ["unseen", "unseen_clips"],
    "noise": ["noise"],
    "modes": ["heard_modes"],
    "editing": ["editing"],
    "timing": ["timing_stages", "timing"],
}
FIGURES = ["confusion", "training", "panels"]  # those of the tables come with them
DRAWN = [
    "onsets",
    "sampling",
    "vocoder",
    "matching",
    "unseen",
    "editing",
    "timing",
]  # tables that a figure comes with
TABLES = ["comparison", "accuracy", "paired", "copies", "physics", "onsets", "sampling", "vocoder"]
TABLES += [table for study in config["studies"] for table in STUDIES[study]]
PICTURES = ["confusion", "panels", *(table for table in DRAWN if table in TABLES)]  # in the report


if config["evaluation"]["reference"] not in COMPARED:
    raise WorkflowError(
        f"config: evaluation.reference = {config['evaluation']['reference']!r} is none of evaluation.systems"
    )
for system in [*COMPARED, DUBBED]:
    if system not in SYSTEMS:
        raise WorkflowError(f"config: no system {system!r} is listed under `systems`")
try:
    check_dubs(DUBBED, SYSTEMS[DUBBED])
except InputError as error:
    raise WorkflowError(str(error)) from None
if SAMPLED not in SYSTEMS or SYSTEMS[SAMPLED].makes != "diffusion" or SYSTEMS[SAMPLED].of == "regressed":
    raise WorkflowError(
        f"config: evaluation.sampling.system = {SAMPLED!r} is no diffusion of matched or own physics"
    )


def code(rule_name, *modules):
    """Digest of the code that a rule's script runs; as a param, it makes the job rerun when that changes.

    modules are those that the script finds by a name in the config.
    """
    return code_digest(ROOT / "workflow_scripts" / f"{rule_name}.py", *modules)


def network_code(rule_name):
    """A param: the same, with the network of the job's system, where that is found by its name."""

    def digest(wildcards):
        system = SYSTEMS[wildcards.get("network", wildcards.get("generated"))]
        return code(rule_name, *system.modules)

    return digest


def folder_of(key, folder):
    """A folder that the config names, which must be there."""
    if not Path(folder).is_dir():
        raise WorkflowError(f"{folder}: {key} must be a folder of videos, and there is none of that name")
    return folder


def videos_in(folder):
    """The videos of a folder by name, without the suffix."""
    paths = [path for path in sorted(Path(folder).iterdir()) if is_video(path)]
    if not paths:
        raise WorkflowError(f"{folder}: holds no video ({', '.join(KINDS)})")
    return {path.stem: str(path) for path in paths}


# looked at before the DAG is built, where an error is one line
FOOTAGE = videos_in(folder_of("footage", config["footage"])) if config["footage"] else {}
if config["corpus"]["kind"] != "simulated":
    folder_of("corpus.directory", config["corpus"]["directory"])


def at(file):
    """An input: the file of a corpus; of a variant its own, or where nothing has changed up to it the corpus's."""

    def path(wildcards):
        return f"results/{VARIANTS.home(wildcards.corpus, file)}/{file}"

    return path


def whole(file):
    """An output of a stage of `SHARDED`; where there are several shards, that of one of them."""
    path = Path("results/{corpus}") / file
    if SHARDS == 1:
        return str(path)
    part = f"{path.stem}.{{shard}}-of-{SHARDS}{path.suffix}"
    return temp(f"results/{{corpus}}/parts/{Path(file).parent / part}")


def of_shard(file):
    """The log or benchmark of such a stage's job."""
    path = Path("results/{corpus}") / file
    return str(path if SHARDS == 1 else path.with_suffix(f".{{shard}}-of-{SHARDS}{path.suffix}"))


def shard(wildcards):
    """A param of such a stage: the number of the job's shard, and how many there are."""
    return [int(wildcards.get("shard", 0)), SHARDS]


def parts(wildcards):
    """The files of all shards."""
    stem = f"results/{wildcards.corpus}/parts/{wildcards.sharded}"
    return [f"{stem}.{number}-of-{SHARDS}.h5" for number in range(SHARDS)]


def in_variants(variants, file):
    """A file of each variant, "" being the corpus itself."""
    folders = map(VARIANTS.folder, variants)
    return [f"results/{VARIANTS.home(folder, file)}/{file}" for folder in folders]


def heard(wildcards):
    """An input: the sounds that are learned from, as they were cut, or disturbed."""
    return at("disturbed.h5" if VARIANTS.disturbed(wildcards.corpus) else "clips.h5")(wildcards)


def of(section):
    """A param: a section of the config, as a variant has it."""

    def settings(wildcards):
        return VARIANTS.settings(wildcards.corpus)[section]

    return settings


def corpus_directory(wildcards):
    """The folder that holds a corpus's videos, as an input of its manifest."""
    if config["corpus"]["kind"] == "simulated":
        return f"results/{wildcards.corpus}/videos"
    return config["corpus"]["directory"]


def corpus_settings(wildcards):
    """What the manifest needs to know of a corpus."""
    return {key: value for key, value in config["corpus"].items() if key not in ("name", "directory")}


def known_truth(wildcards):
    """The folder that holds the true modes of a simulated corpus's videos; of others nobody knows them."""
    if config["corpus"]["kind"] != "simulated":
        return []
    return f"results/{CORPUS}/videos"


def left_out_truth(wildcards):
    """The truth, where things are left out of training by their size."""
    return (
        known_truth(wildcards)
        if VARIANTS.settings(wildcards.corpus)["left_out"]["larger_than"] is not None
        else []
    )


def seeds_of(system):
    """The seeds of a system's networks; what has none is made once."""
    return SEEDS if SYSTEMS[system].trained else SEEDS[:1]


def sounds_at(row, seed):
    """The sounds of a system, as a table names it: by itself, or as `variant/system`."""
    variant, system = "".join(Path(row).parts[:-1]), Path(row).name
    file = f"generated/{system}/{seed}.h5"
    return f"results/{VARIANTS.home(VARIANTS.folder(variant), file)}/{file}"


def sounds_of(rows, seeds):
    """The files of the rows' sounds, by row and seed."""
    return [sounds_at(row, seed) for row in rows for seed in seeds(Path(row).name)]


def generated_sounds(wildcards):
    """The sounds of every compared system, of every seed."""
    return sounds_of(COMPARED, seeds_of)


def compared_rows(wildcards):
    """The compared systems, each with how many seeds it has."""
    return {system: len(seeds_of(system)) for system in COMPARED}


def extractor_files(wildcards):
    """The file of the network whose features are compared, where it is not the classifier."""
    extractor = config["evaluation"]["extractor"]
    return {"extractor": extractor["weights"]} if extractor else {}


def shown_sounds(wildcards):
    """The sounds of every compared system, of the first seed."""
    return sounds_of(COMPARED, lambda system: SEEDS[:1])


def ablation_sounds(wildcards):
    """The sounds of the rows of an ablation, of every seed."""
    return sounds_of(config["ablations"][wildcards.ablation], seeds_of)


def noise_clips(wildcards):
    """The sounds of every recording that the table of noise compares."""
    folders = map(VARIANTS.folder, RECORDINGS)
    return [
        f"results/{folder}/{'disturbed' if VARIANTS.disturbed(folder) else 'clips'}.h5" for folder in folders
    ]


def unseen_sounds(wildcards):
    """The sounds of the systems that the table of the unseen compares, trained with all and without."""
    return sounds_of(unseen_rows(wildcards), seeds_of)


def unseen_rows(wildcards):
    """The rows of the table of the unseen, each with how many seeds it has."""
    names = [f"{variant}/" if variant else "" for variant in ("", *UNSEEN["variants"])]
    return {name + system: len(seeds_of(system)) for name in names for system in UNSEEN["systems"]}


def unseen_heard(wildcards):
    """The sounds of what the systems were not trained on that the report plays, where that is studied."""
    return sounds_of(unseen_played(wildcards), lambda system: SEEDS[:1])


def unseen_played(wildcards):
    """The rows of the table of the unseen that the report plays: what was generated, trained with all and without."""
    if "unseen" not in config["studies"]:
        return []
    return [row for row in unseen_rows(wildcards) if SYSTEMS[Path(row).name].trained]


def ablation_rows(wildcards):
    """The rows of an ablation, each with how many seeds it has."""
    return {row: len(seeds_of(Path(row).name)) for row in config["ablations"][wildcards.ablation]}


def copied_source(wildcards):
    """What a system without a network takes its sounds from, and where it looks up whose."""
    system = SYSTEMS[wildcards.copied]
    name = "clips.h5" if system.makes == "copy" else "rendered.h5"
    files = {"sound": at(name)(wildcards)}
    return files | ({"matches": at("matches.h5")(wildcards)} if system.of == "matched" else {})


def told_files(told, wildcards):
    """The files that hold what is told of a sound."""
    files = {
        "features": {"mfcc", "spectral"},
        "slots": {"modes"},
        "residual": {"residual"},
        "rendered": {"rendered"},
    }
    return {name: at(f"{name}.h5")(wildcards) for name, parts in files.items() if parts & set(told)}


def network_files(wildcards):
    """What a network learns from, besides the sounds."""
    return {"visual": at("visual.h5")(wildcards)} | told_files(SYSTEMS[wildcards.network].told, wildcards)


def system_files(wildcards):
    """What a system makes sounds from."""
    return made_from(SYSTEMS[wildcards.generated], wildcards.seed, wildcards)


def sampled_files(wildcards):
    """What the system of the sampling table makes sounds from."""
    return made_from(SYSTEMS[SAMPLED], SEEDS[0], wildcards)


def made_from(system, seed, wildcards):
    """A system's network, and what is told of the clips."""
    folder = f"networks/{system.network}/{seed}"
    files = {"model": at(f"{folder}/model.safetensors")(wildcards), "visual": at("visual.h5")(wildcards)}
    if system.of == "regressed":
        return files | {"regressor": at(f"{folder}/regressor.safetensors")(wildcards)}
    files |= told_files(system.told, wildcards)
    if system.physical:
        files["rendered"] = at("rendered.h5")(wildcards)
    if system.of == "matched" and FROM_SOUND & set(system.told):
        files["matches"] = at("matches.h5")(wildcards)
    return files


def network_system(wildcards):
    """How a network makes spectrograms, and what it is told."""
    system = SYSTEMS[wildcards.network]
    return {"makes": system.makes, "told": system.told}


def network_settings(wildcards):
    """The settings of a network."""
    return settings_of(wildcards.network, VARIANTS.settings(wildcards.corpus))


def generated_system(wildcards):
    """A system's row."""
    return vars(SYSTEMS[wildcards.generated])


def copied_makes(wildcards):
    """Whether a system copies or renders."""
    return SYSTEMS[wildcards.copied].makes


def trained_folders():
    """The folders of every training that the comparison needs, from that of the corpus."""
    networks = {SYSTEMS[name].network for name in COMPARED if SYSTEMS[name].trained}
    return [
        "residual",
        "vision",
        "onset",
        "classifier",
        *(f"networks/{name}/{seed}" for name in SYSTEMS if name in networks for seed in SEEDS),
    ]


def histories(wildcards):
    """The loss curves of every training."""
    regressed = dict.fromkeys(SYSTEMS[name].network for name in COMPARED if SYSTEMS[name].of == "regressed")
    files = [f"{folder}/history.csv" for folder in trained_folders()]
    files += [f"networks/{name}/{seed}/regressor.csv" for name in regressed for seed in SEEDS]
    return [f"results/{wildcards.corpus}/{file}" for file in files]
