"""What a full run on Greatest Hits takes, scaled from what was measured on two CPU cores, as Markdown.

    python benchmarks/greatest_hits.py vis-data-256

The folder is the release, or some videos of it: cutting and decoding are measured on those, and a step of the
residual's training on noise. Operations are counted on the networks of configs/greatest-hits.yaml with
configs/modern.yaml; all else is taken from benchmarks/*.md. A GPU's time is not among what was measured.
"""

import argparse
import functools
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from presets import Preset
from rows import Row, table
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from impactsound import store
from impactsound.corpus.manifest import build_manifest
from impactsound.diffusion.build import build
from impactsound.diffusion.sampler import evaluations
from impactsound.evaluation.classifier import SoundClassifier
from impactsound.media.extract import extract, frames_of
from impactsound.media.ffmpeg import length
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.physics.residual_training import ReconstructionLoss
from impactsound.vision.tsm import TSM

PRESET = Preset("full", ("config.yaml", "configs/greatest-hits.yaml", "configs/modern.yaml"), clips=1, evaluations=1)
# by pytest -s tests/workflow/test_greatest_hits.py: the videos' length, their annotated events, and the clips of those
VIDEO_S, EVENTS, KEPT, TEST = 34_484.5, 39_950, 11_805, 3_010
RELEASED = 46_577  # events of the release
MODERN = 5.15  # clips/s of `modern` in training, two cores (generator.md)
SAMPLED = 0.578  # clips/s of `modern` with DPM-Solver++ in 12 evaluations and guidance (generator.md)
EVALUATION = 0.573 / 4  # s a clip of one evaluation of `modern` with guidance (generator.md)
MODES = 0.0757  # s a clip on one core (modes.md, recordings)
CORES = 2
DENOISERS, SYSTEMS = 7, 9  # of the comparison: networks of diffusion, and systems that sample them
RIVALS = ("convnet", "transformer")


@dataclass(frozen=True)
class Stage(Row):
    """A stage: its operations in 1e15, and the hours that the two cores would take, by what rule."""

    stage: str
    work: str
    operations_P: float
    hours_on_two_cores: float
    scaled_by: str


def main(arguments: Sequence[str]) -> None:
    folder = _parse(arguments).folder
    torch.manual_seed(0)
    cutting, decoding = media_rates(folder)
    print(table([*media_stages(cutting), *training_stages(decoding), *sampling_stages()]))


def clips(counted: int) -> int:
    """Clips of the whole release, at most: as many more as it has events, and all with a static reaction."""
    return round(counted * RELEASED / EVENTS)


def media_rates(folder: Path) -> tuple[float, float]:
    """Seconds of the processor to cut a second of video, and to decode a frame."""
    videos, _ = build_manifest("greatest_hits", folder, PRESET.clip)
    seconds = sum(length(path, "V:0") for path in videos["path_video"].unique())
    with tempfile.TemporaryDirectory() as made:
        file = Path(made) / "clips.h5"
        cut = _processor_s(lambda: extract(videos, PRESET.clip, file, workers=1), 4) / seconds
        with store.open(file, "clips/1") as opened:
            decoded = _processor_s(lambda: frames_of(opened, np.arange(len(videos))), 16)
    return cut, decoded / (len(videos) * PRESET.clip.frames)


def media_stages(cutting: float) -> list[Stage]:
    """What the CPU does before anything is learned."""
    kept = clips(KEPT)
    return [
        Stage("clips", f"{VIDEO_S / 3600:.1f} h of video", 0.0, VIDEO_S * cutting / CORES / 3600, "seconds of video"),
        Stage("modes", f"{kept} clips", 0.0, kept * MODES / CORES / 3600, "clips"),
    ]


def training_stages(decoding: float) -> list[Stage]:
    """The trainings, by their operations; the visual encoder's decodes its frames besides, the residual's was timed."""
    config, clip = PRESET.config, PRESET.clip
    vision, frames = config["vision"], config["vision"]["segments"]
    seen = torch.zeros(1, frames, 3, clip.frame_size, clip.frame_size)
    decoded = vision["training"]["steps"] * vision["training"]["batch"] * frames
    each, kept = _counted(TSM(vision["depth"], 10), seen), clips(KEPT)
    judge = _counted(SoundClassifier(clip, 10), torch.zeros(2, clip.n_samples)) / 2
    return [
        residual_stage(),
        _training("vision_training", each, vision["training"]),
        Stage("its frames", f"{decoded / 1e6:.1f} million JPEGs", 0.0, decoded * decoding / CORES / 3600, "frames"),
        Stage("visual", f"{kept} clips", kept * each / 1e15, kept * each / _rate() / 3600, "operations"),
        _training("classifier_training", judge, config["evaluation"]["training"]),
        _training("network_training, diffusion", _denoiser(), config["diffusion"]["training"], jobs=DENOISERS),
        *(_training(f"network_training, {kind}", _regression(kind), config[kind]["training"]) for kind in RIVALS),
    ]


def residual_stage() -> Stage:
    """The training of the residual encoder, by the processor's time of a step: transforms count no operations."""
    settings = dict(PRESET.config["residual"])
    training, distance = settings.pop("training"), ReconstructionLoss(PRESET.clip)
    network = ResidualEncoder(PRESET.clip, **settings, seed=0)
    sound = torch.randn(training["batch"], PRESET.clip.n_samples)
    step = _processor_s(lambda: distance(network, sound, sound / 2).backward(), 8)
    work = f"{training['steps']} steps of {training['batch']}"
    operations = 3 * training["steps"] * training["batch"] * _counted(network, sound, sound / 2) / len(sound) / 1e15
    return Stage("residual_training", work, operations, training["steps"] * step / CORES / 3600, "steps")


def sampling_stages() -> list[Stage]:
    """The sounds of nine denoisers' test clips, and the table of samplers."""
    test, each = clips(TEST), _denoiser()
    steps, settings = PRESET.config["sampling"]["steps"], PRESET.config["evaluation"]["sampling"]
    tried = settings["clips"] * sum(evaluations(*setting) for setting in settings["settings"])
    return [
        Stage(
            "generated_sounds, diffusion",
            f"{SYSTEMS} x {test} clips x {steps} evaluations",
            SYSTEMS * test * steps * 2 * each / 1e15,
            SYSTEMS * test / SAMPLED / 3600,
            "clips",
        ),
        Stage(
            "sampling_table", f"{tried} evaluations", 2 * tried * each / 1e15, tried * EVALUATION / 3600, "evaluations"
        ),
    ]


def _training(stage: str, evaluation: float, training: dict, jobs: int = 1) -> Stage:
    """Of some jobs, from a clip's operations of one evaluation; forward and backward are three times as many."""
    operations = 3 * jobs * training["steps"] * training["batch"] * evaluation
    work = f"{jobs} x " * (jobs > 1) + f"{training['steps']} steps of {training['batch']}"
    return Stage(stage, work, operations / 1e15, operations / _rate() / 3600, "operations")


def _rate() -> float:
    """Operations a second that the two cores sustained in training `modern`."""
    return 3 * _denoiser() * MODERN


@functools.cache
def _denoiser() -> float:
    """Operations of an evaluation of the denoiser, for one clip."""
    return _counted(
        PRESET.denoiser(),
        torch.randn(1, 1, PRESET.clip.n_bins, PRESET.clip.n_steps),
        torch.zeros(1, dtype=torch.long),
        PRESET.told(1, "cpu"),
    )


def _regression(kind: str) -> float:
    """Operations of a network that regresses the spectrogram from what is seen, for one clip."""
    config = PRESET.config
    settings = {name: value for name, value in config[kind].items() if name != "training"}
    network = build({"clip": config["clip"], "kind": kind, "told": {"visual": [2048]}, "network": settings})
    return _counted(network, {"visual": torch.zeros(2, 2048)}) / 2


@torch.inference_mode()
def _counted(network: nn.Module, *given) -> float:
    """Operations of an evaluation, twice the multiplications; as in training, where no kernel hides them."""
    with FlopCounterMode(display=False) as counter:
        network(*given)
    return counter.get_total_flops()


def _processor_s(fn, times: int) -> float:
    """Seconds of the processor, that of child processes included, of a call; the mean of several."""
    before = sum(os.times()[:4])
    for _ in range(times):
        fn()
    return (sum(os.times()[:4]) - before) / times


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="the release, or some videos in its layout")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
