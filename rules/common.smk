import os
import re
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from impactsound.corpus.folder import KINDS, is_video
from impactsound.digest import code_digest
from impactsound.errors import InputError
from impactsound.jobs import gpus
from impactsound.settings import check
from impactsound.systems import FROM_SOUND, read_systems
from snakemake.exceptions import WorkflowError

try:
    check(config, ROOT / "schemas" / "config.schema.yaml")
    SYSTEMS = read_systems(config["systems"])
except InputError as error:
    raise WorkflowError(str(error)) from None

# OpenMP's threads shall sleep soon when they wait: beside other work, spinning ones take several times as long
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

CORPUS = config["corpus"]["name"]
THREADS = config["threads"]
# without a GPU its jobs need not wait for each other
GPU = gpus() if config["gpu"] is None else config["gpu"]
SEEDS = config["seeds"]
SAMPLED = config["evaluation"]["sampling"]["system"]
DUBBING = "physics"  # the system that footage is dubbed by
COMPARED = config["evaluation"]["systems"] or list(SYSTEMS)
# what a stage needs of a clip's settings, so that changing the rest does not make it run again
SOUND = {key: config["clip"][key] for key in ("sample_rate", "duration")}
FRAMES = {key: config["clip"][key] for key in ("frames", "frame_rate", "frame_size")}
STFT = {key: config["clip"][key] for key in ("n_fft", "hop")}
SPECTROGRAM = STFT | {key: config["clip"][key] for key in ("floor", "ceiling")}


def named(systems):
    """A pattern that matches these names and no other."""
    return "|".join(map(re.escape, systems)) or "(?!)"


wildcard_constraints:
    corpus=f"{re.escape(CORPUS)}|footage",
    table="[a-z_]+",
    seed="[0-9]+",
    network=named(name for name, system in SYSTEMS.items() if system.trained and system.network == name),
    generated=named(name for name, system in SYSTEMS.items() if system.trained),
    copied=named(name for name, system in SYSTEMS.items() if not system.trained),


for system in [*COMPARED, DUBBING]:
    if system not in SYSTEMS:
        raise WorkflowError(f"config: no system {system!r} is listed under `systems`")
if SAMPLED not in SYSTEMS or SYSTEMS[SAMPLED].makes != "diffusion" or SYSTEMS[SAMPLED].of == "regressed":
    raise WorkflowError(
        f"config: evaluation.sampling.system = {SAMPLED!r} is no diffusion of matched or own physics"
    )


def code(rule_name):
    """Digest of the code that a rule's script runs; as a param, it makes the job rerun when that changes."""
    return code_digest(ROOT / "workflow_scripts" / f"{rule_name}.py")


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


def corpus_directory(wildcards):
    """The folder that holds a corpus's videos, as an input of its manifest."""
    if is_footage(wildcards):
        return config["footage"]
    if config["corpus"]["kind"] == "simulated":
        return f"results/{wildcards.corpus}/videos"
    return config["corpus"]["directory"]


def corpus_files(wildcards):
    """The footage's files: a folder's date does not show that one of them was edited in place."""
    if not is_footage(wildcards):
        return []
    times = (Path(video).with_name(f"{name}_times.txt") for name, video in FOOTAGE.items())
    return [*FOOTAGE.values(), *(str(path) for path in times if path.is_file())]


def corpus_settings(wildcards):
    """What the manifest needs to know of a corpus; footage is a folder of which every hit is kept."""
    settings = {key: value for key, value in config["corpus"].items() if key not in ("name", "directory")}
    if is_footage(wildcards):
        settings |= {"kind": "footage", "actions": None, "reactions": None}
    return settings


def is_footage(wildcards):
    """Whether a corpus is the footage to be dubbed."""
    return wildcards.corpus == "footage"


def dubbed_videos(wildcards):
    """What `dub` makes of the footage."""
    if not FOOTAGE:
        raise WorkflowError(
            "config: footage is not set; give a folder of videos, e.g. --config footage=clips"
        )
    return [f"results/footage/{name}.{suffix}" for name in FOOTAGE for suffix in ("mp4", "wav")]


def known_truth(wildcards):
    """The folder that holds the true modes of a simulated corpus's videos; of others nobody knows them."""
    if config["corpus"]["kind"] != "simulated":
        return []
    return f"results/{wildcards.corpus}/videos"


def seeds_of(system):
    """The seeds of a system's networks; what has none is made once."""
    return SEEDS if SYSTEMS[system].trained else SEEDS[:1]


def sounds_of(systems, seeds):
    """The files of the systems' sounds, by system and seed."""
    return [f"results/{CORPUS}/generated/{system}/{seed}.h5" for system in systems for seed in seeds(system)]


def generated_sounds(wildcards):
    """The sounds of every compared system, of every seed."""
    return sounds_of(COMPARED, seeds_of)


def shown_sounds(wildcards):
    """The sounds of every compared system, of the first seed."""
    return sounds_of(COMPARED, lambda system: SEEDS[:1])


def copied_source(wildcards):
    """What a system without a network takes its sounds from, and where it looks up whose."""
    system = SYSTEMS[wildcards.copied]
    name = "clips" if system.makes == "copy" else "rendered"
    files = {"sound": f"results/{wildcards.corpus}/{name}.h5"}
    return files | ({"matches": f"results/{wildcards.corpus}/matches.h5"} if system.of == "matched" else {})


def told_files(told):
    """The files that hold what is told of a sound; that of the corpus, whatever is dubbed."""
    files = {
        "features": {"mfcc", "spectral"},
        "slots": {"modes"},
        "residual": {"residual"},
        "rendered": {"rendered"},
    }
    return {name: f"results/{CORPUS}/{name}.h5" for name, parts in files.items() if parts & set(told)}


def network_files(wildcards):
    """What a network learns from, besides the sounds."""
    return {"visual": f"results/{wildcards.corpus}/visual.h5"} | told_files(SYSTEMS[wildcards.network].told)


def system_files(wildcards):
    """What a system makes sounds from."""
    return made_from(SYSTEMS[wildcards.generated], wildcards.seed, wildcards.corpus)


def sampled_files(wildcards):
    """What the system of the sampling table makes sounds from."""
    return made_from(SYSTEMS[SAMPLED], SEEDS[0], wildcards.corpus)


def made_from(system, seed, corpus):
    """A system's network, and what is told of the clips."""
    folder = f"results/{CORPUS}/networks/{system.network}/{seed}"
    files = {"model": f"{folder}/model.safetensors", "visual": f"results/{corpus}/visual.h5"}
    if system.of == "regressed":
        return files | {"regressor": f"{folder}/regressor.safetensors"}
    files |= told_files(system.told)
    if system.physical:
        files["rendered"] = f"results/{CORPUS}/rendered.h5"
    if system.of == "matched" and FROM_SOUND & set(system.told):
        files["matches"] = f"results/{corpus}/matches.h5"
    return files


def network_system(wildcards):
    """How a network makes spectrograms, and what it is told."""
    system = SYSTEMS[wildcards.network]
    return {"makes": system.makes, "told": system.told}


def network_settings(wildcards):
    """The settings of a network of its kind."""
    return config[SYSTEMS[wildcards.network].makes]


def generated_system(wildcards):
    """A system's row."""
    return vars(SYSTEMS[wildcards.generated])


def copied_makes(wildcards):
    """Whether a system copies or renders."""
    return SYSTEMS[wildcards.copied].makes


def sounded_split(wildcards):
    """The split that sounds are made for."""
    return "footage" if is_footage(wildcards) else "test"


def trained_folders():
    """The folders of every training that the comparison needs, from that of the corpus."""
    networks = {SYSTEMS[name].network for name in COMPARED if SYSTEMS[name].trained}
    return [
        "residual",
        "vision",
        "classifier",
        *(f"networks/{name}/{seed}" for name in SYSTEMS if name in networks for seed in SEEDS),
    ]


def histories(wildcards):
    """The loss curves of every training."""
    return [f"results/{wildcards.corpus}/{folder}/history.csv" for folder in trained_folders()]


def footage_video(wildcards):
    """The video of a name."""
    return FOOTAGE[wildcards.name]
