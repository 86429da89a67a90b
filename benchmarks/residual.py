"""How near modes and residual come to the sound: the number of bands, the range of the T60s, closed form and learned.

Simulates a corpus's sound as config.yaml has it, estimates its modes, trains residual encoders on its training videos
and measures on its test videos and on real recordings. Minutes on one CPU core.
"""

import argparse
import csv
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, pairwise
from pathlib import Path
from time import monotonic, process_time

import numpy as np
import soundfile
import torch
import yaml
from rows import commit, processor
from scipy.signal import resample_poly
from torch import Tensor

from impactsound.config import Clip
from impactsound.corpus import split
from impactsound.corpus.simulated import Simulation, draw_video, names, sound
from impactsound.evaluation.reconstruction import log_magnitude_l1, spectral_convergence
from impactsound.media.window import first_sample
from impactsound.physics.estimate import estimate_modes
from impactsound.physics.modes import render_modes
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.physics.residual_training import train_residual
from impactsound.progress import progress
from impactsound.seeds import seed_of
from impactsound.training import Training

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT.parent / "shared" / "data" / "diffimpact"
BANDS = (0, 10, 25, 50, 100, 150)
T60_RANGES = ((1e-5, 0.5), (0.01, 0.2), (0.01, 1.0), (0.01, 3.0), (0.01, 10.0))
AT_ONCE = 16  # clips
FURTHER = 2  # times as many videos as the corpus has, of which nothing is learned: its own test split tells too little
HALF = 0.5  # target: log-magnitude L1 re that of the modes alone


@dataclass(frozen=True)
class Clips:
    """Sounds and the sound of their modes, each `[clip, time]`."""

    sound: Tensor
    modal: Tensor


@dataclass(frozen=True)
class Row:
    """A line of a table: what was rendered, and its distances `[clip]` by metric and by set of clips."""

    residual: str
    detail: str
    convergence: dict[str, Tensor]
    log_l1: dict[str, Tensor]


def main(arguments: argparse.Namespace) -> None:
    """Simulate, train, measure, write."""
    begun = monotonic()
    torch.set_num_threads(1)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    bands, ranges = BANDS, [range_ for range_ in T60_RANGES if list(range_) != config["residual"]["t60_range"]]
    if arguments.quick:
        config["simulation"] |= {"videos": 30, "hits": 2}
        config["residual"]["training"] |= {"steps": 10, "validate_every": 5}
        bands, ranges = (0, 10), ranges[:2]
    sets = {name: with_modes(clips, name, config) for name, clips in sounds(config).items()}
    held_out = {name: clips for name, clips in sets.items() if name != "train"}
    before = process_time()
    default = compare(config, {}, described(config["residual"]), sets, held_out)
    seconds = process_time() - before
    of_bands = [measure("modes only", "", held_out, lambda clips: clips.modal)]
    for count in bands:
        of_bands += compare(config, {"bands": count}, f"{count} bands", sets, held_out)
    of_scales = [*default]
    for low, high in ranges:
        changes = {"t60_range": [low, high], "parametrisation": "decibel"}
        of_scales += compare(config, changes, described(changes), sets, held_out)
    of_scales += compare(config, {"parametrisation": "paper"}, "paper's", sets, held_out)
    alone = {"parametrisation": "paper", "start": "middle"}
    of_scales += compare(config, alone, "paper's, from the sound alone", sets, held_out)[1:]
    spent = f"{monotonic() - begun:.0f} s, {process_time():.0f} s of the processor,"
    text = report(config, sets, of_bands, of_scales, spent, seconds)
    Path(arguments.output).write_text(text, encoding="utf-8")


def sounds(config: dict) -> dict[str, Tensor]:
    """Peak-normalised clips `[clip, time]` of the simulated splits and, where they are there, of the recordings.

    Videos that the corpus would have, were it larger, are in the test split.
    """
    clip = Clip(**config["clip"])
    videos, materials = config["simulation"]["videos"], tuple(config["corpus"]["materials"])
    settings = Simulation(**config["simulation"] | {"videos": (1 + FURTHER) * videos}, materials=materials)
    material = names(settings)
    shares = {part: config["corpus"][part] for part in ("test", "validation")}
    corpus = dict(islice(material.items(), videos))
    place = dict.fromkeys(material, "test") | split.draw(corpus, {}, shares, config["seed"])
    found: dict[str, list[np.ndarray]] = {"train": [], "validation": [], "test": [], "real": []}
    for name in progress(list(material), "simulate"):
        video, drawn = ([config["seed"], "simulate", name, part] for part in ("video", "sound"))
        happening = draw_video(name, material[name], settings, np.random.default_rng(seed_of(*video)))
        samples, _ = sound(happening, settings, np.random.default_rng(seed_of(*drawn)))
        onsets = happening.onset / settings.sample_rate
        found[place[name]] += windows(samples, settings.sample_rate, onsets, clip)
    if (RECORDINGS / "index.csv").is_file():
        with (RECORDINGS / "index.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                samples, rate = soundfile.read(RECORDINGS / row["path"])
                found["real"] += windows(samples, rate, [float(row["onset_s"])], clip)
    return {name: torch.from_numpy(np.stack(clips)).float() for name, clips in found.items() if clips}


def windows(samples: np.ndarray, rate: int, onsets: Sequence[float], clip: Clip) -> list[np.ndarray]:
    """The clips at these onsets, in s, at the clip's rate and with a peak of 1."""
    step = np.gcd(rate, clip.sample_rate)
    samples = resample_poly(samples, clip.sample_rate // step, rate // step)
    starts = [first_sample(onset, clip) for onset in onsets]
    cut = [samples[start : start + clip.n_samples] for start in starts]
    return [part / np.abs(part).max() for part in cut]


def with_modes(clips: Tensor, name: str, config: dict) -> Clips:
    """The clips and the sound of the modes that are estimated from them."""
    clip = Clip(**config["clip"])
    modal = [
        render_modes(
            estimate_modes(part, clip.sample_rate, config["modes"]["max_modes"]), clip.n_samples, clip.sample_rate
        )
        for part in progress(clips.split(AT_ONCE), f"modes, {name}")
    ]
    return Clips(clips, torch.cat(modal))


def compare(
    config: dict, changes: dict, detail: str, sets: dict[str, Clips], held_out: dict[str, Clips]
) -> tuple[Row, Row]:
    """The distances with the residual before and after training, under changed settings of it."""
    settings = config["residual"] | changes
    schedule = Training(**settings.pop("training"))
    torch.manual_seed(config["seed"])
    network = ResidualEncoder(Clip(**config["clip"]), **settings, seed=config["seed"]).eval()

    def rebuilt(clips: Clips) -> Tensor:
        return clips.modal + network.render(network(clips.sound, clips.modal))

    before = measure("closed form", detail, held_out, rebuilt)
    training, validation = ((sets[part].sound, sets[part].modal) for part in ("train", "validation"))
    with tempfile.TemporaryDirectory() as folder:
        train_residual(network, training, validation, schedule, Path(folder), (config["seed"], "residual"))
    return before, measure("learned", detail, held_out, rebuilt)


@torch.no_grad()
def measure(residual: str, detail: str, held_out: dict[str, Clips], rebuilt: Callable[[Clips], Tensor]) -> Row:
    """The distances of what is rebuilt."""
    sound = {name: rebuilt(clips) for name, clips in held_out.items()}
    convergence = {name: spectral_convergence(held_out[name].sound, sound[name]) for name in held_out}
    return Row(
        residual, detail, convergence, {name: log_magnitude_l1(held_out[name].sound, sound[name]) for name in held_out}
    )


def report(
    config: dict, sets: dict[str, Clips], of_bands: list[Row], of_scales: list[Row], spent: str, seconds: float
) -> str:
    """The page, in Markdown.

    Args:
        of_bands: "modes only" first; of_scales: closed form and learned under the settings of config.yaml first.
        spent: what the whole took; seconds: what training as in config.yaml took.
    """
    clips = ", ".join(f"{name} {len(values.sound)}" for name, values in sets.items())
    training = config["residual"]["training"]
    lines = [
        "# The residual",
        "",
        f"`{' '.join(['python', *sys.argv])}` at commit {commit()}, {date.today()}: {spent} on one core of",
        f"{processor()} ({os.cpu_count()} cores), torch {torch.__version__}, Python {platform.python_version()}.",
        "",
        "Distance of modes + residual from the sound, mean over the clips: spectral convergence (SC) and L1 of the log",
        "magnitudes (L1, nats), each a mean over windows of 512, 1024 and 2048 samples. Two draws of one noise are",
        "ln 2 = 0.69 apart in L1, however well their bands agree. ± is a standard error over videos.",
        "",
        f"Clips: {clips}; split by video, and test has {FURTHER} times as many videos more",
        "as the corpus has in all. Nothing was trained on the real recordings,",
        "and settings were chosen on the validation split, but for the longest T60, a round 3 s. Trained for",
        f"{training['steps']} steps of {training['batch']} clips; as in config.yaml, {seconds:.0f} s of the processor.",
    ]
    if "real" not in sets:
        lines.append("**The real recordings are not on this machine and are left out.**")
    lines += ["", "## Targets", "", *targets(of_bands[0], *of_scales[:2], config["simulation"]["hits"])]
    lines += farther([*of_bands[1:], *of_scales])
    lines += ["", "## Number of bands", "", *table(of_bands)]
    lines += [
        "",
        f"## Range of the T60s and parametrisation, {config['residual']['bands']} bands",
        "",
        "decibel: weight and T60 on logarithmic scales, and a delay; paper's: linear scales, T60 of 1e-5 to 0.5 s, no",
        "delay. From the sound alone: parameters start in the middle of their scales. First as in config.yaml.",
        "",
        *table(of_scales),
    ]
    return "\n".join(lines) + "\n"


def targets(modes: Row, closed: Row, learned: Row, hits: int) -> list[str]:
    """A line a target: what it is, what was measured, and whether it was met.

    Args:
        hits: clips of a simulated video, which are alike: errors are over videos.
    """
    lines = []
    for name in [name for name in ("test", "real") if name in modes.log_l1]:
        alone = modes.log_l1[name]
        distance = learned.log_l1[name]
        share = float(distance.mean() / alone.mean())
        lines.append(
            f"- {name}: L1 of modes + learned residual at most {HALF:g} of that of the modes alone: "
            f"{distance.mean():.3f} / {alone.mean():.3f} = {share:.3f}, {verdict(share <= HALF)}"
        )
        gain = closed.log_l1[name] - distance
        videos = gain.unflatten(0, (-1, hits if name == "test" else 1)).mean(1)
        error = float(videos.std() / len(videos) ** 0.5)
        lines.append(
            f"- {name}: learned nearer than closed form: by {gain.mean():.3f} ± {error:.3f}, on "
            f"{(gain > 0).sum()} of {len(gain)} clips, {resolved(float(gain.mean()), error)}"
        )
    return lines


def farther(rows: list[Row]) -> list[str]:
    """A line that names where training has not brought the sounds nearer; none if it has everywhere."""
    places = [
        f"{name} with {closed.detail}"
        for closed, learned in pairwise(rows)
        if (closed.residual, learned.residual, closed.detail) == ("closed form", "learned", learned.detail)
        for name in ("test", "real")
        if name in closed.log_l1 and closed.log_l1[name].mean() < learned.log_l1[name].mean()
    ]
    return [f"- learned nearer than closed form under other settings too: **missed** on {', '.join(places)}"] * bool(
        places
    )


def table(rows: list[Row]) -> list[str]:
    """Rows of a Markdown table."""
    sets = list(rows[0].log_l1)
    heads = ["residual", "", *(f"SC, {name}" for name in sets), *(f"L1, {name}" for name in sets)]
    lines = ["| " + " | ".join(heads) + " |", "|:--|:--|" + "--:|" * (2 * len(sets))]
    for row in rows:
        values = [f"{float(part[name].mean()):.3f}" for part in (row.convergence, row.log_l1) for name in sets]
        lines.append("| " + " | ".join([row.residual, row.detail, *values]) + " |")
    return lines


def described(settings: dict) -> str:
    """The scales of the residual's parameters."""
    low, high = settings["t60_range"]
    return f"{settings['parametrisation']}, T60 {low:g} to {high:g} s"


def resolved(gain: float, error: float) -> str:
    """How a gain is marked: one of less than two standard errors is none that has been shown."""
    return verdict(gain > 0) if abs(gain) >= 2 * error else "**not shown** (less than two standard errors)"


def verdict(met: bool) -> str:
    """How a target is marked."""
    return "met" if met else "**missed**"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a small corpus and few steps, to see that it runs")
    parser.add_argument("--output", default="benchmarks/residual.md", metavar="FILE", help="Markdown file to write")
    main(parser.parse_args())
