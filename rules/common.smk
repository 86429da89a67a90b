import os
import re
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from impactsound.corpus.folder import KINDS, is_video
from impactsound.digest import code_digest
from impactsound.errors import InputError
from impactsound.settings import check
from snakemake.exceptions import WorkflowError

try:
    check(config, ROOT / "schemas" / "config.schema.yaml")
except InputError as error:
    raise WorkflowError(str(error)) from None

# OpenMP's threads shall sleep soon when they wait: beside other work, spinning ones take several times as long
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

CORPUS = config["corpus"]["name"]
THREADS = config["threads"]
# what a stage needs of a clip's settings, so that changing the rest does not make it run again
SOUND = {key: config["clip"][key] for key in ("sample_rate", "duration")}
FRAMES = {key: config["clip"][key] for key in ("frames", "frame_rate", "frame_size")}
STFT = {key: config["clip"][key] for key in ("n_fft", "hop")}
SPECTROGRAM = STFT | {key: config["clip"][key] for key in ("floor", "ceiling")}


wildcard_constraints:
    corpus=f"{re.escape(CORPUS)}|footage",
    table="[a-z_]+",
    denoiser="video|physics",
    diffused="video|physics|physics_oracle",
    copied="real|retrieval",


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


def generated_sounds(wildcards):
    """The sounds of every compared system."""
    return [f"results/{wildcards.corpus}/generated/{system}.h5" for system in config["evaluation"]["systems"]]


def system_denoiser(wildcards):
    """The trained denoiser that a system samples from."""
    denoiser = "video" if wildcards.diffused == "video" else "physics"
    return f"results/{wildcards.corpus}/denoiser/{denoiser}/model.safetensors"


def footage_video(wildcards):
    """The video of a name."""
    return FOOTAGE[wildcards.name]


def histories(wildcards):
    """The loss curves of every training."""
    trained = ["residual", "vision", "classifier", "denoiser/physics"]
    if "video" in config["evaluation"]["systems"]:
        trained.append("denoiser/video")
    return [f"results/{wildcards.corpus}/{name}/history.csv" for name in trained]


def denoiser_priors(wildcards):
    """The physics that a denoiser is trained on; the video-only one has none."""
    if wildcards.denoiser == "video":
        return []
    return [f"results/{wildcards.corpus}/{name}.h5" for name in ("slots", "residual")]


def physics_source(wildcards):
    """Where a system finds the physics of a test clip: nowhere, in the bank, or in the clip itself."""
    source = {"video": [], "physics": "bank.h5", "physics_oracle": "physics_latents.h5"}[wildcards.diffused]
    return f"results/{wildcards.corpus}/{source}" if source else []
