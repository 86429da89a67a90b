"""The simulated corpus: videos of struck things, pictured and sounded from the same physics.

Written in the layout of the Greatest Hits release: for each video `<id>_denoised.mp4`,
`<id>_denoised.wav` and `<id>_times.txt`, and the lists `train.txt` and `test.txt`. Beside each lies
`<id>_truth.h5`, the modes of every hit and what was struck, which evaluation alone reads.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from impactsound import store
from impactsound.corpus import split, stick
from impactsound.corpus.scene import Camera, Scene
from impactsound.corpus.strike import Strike, residual, ring, ringing
from impactsound.corpus.things import KINDS, Thing, between, draw_point, draw_thing
from impactsound.errors import InputError
from impactsound.files import atomic, write_text
from impactsound.media.ffmpeg import write_video
from impactsound.parallel import in_order
from impactsound.physics.modes import Modes
from impactsound.progress import progress
from impactsound.seeds import seed_of

FIRST_DAY = datetime(2001, 1, 1, 9)  # of the made-up dates that name the videos
APART = timedelta(hours=7, minutes=13, seconds=29)
SPEED = (0.5, 4.0)  # m/s
PEAK = 0.98  # of each video's sound, re full scale
HISS = 1e-4  # RMS of the microphone's noise, re full scale
ROOM_T60 = (0.2, 0.45)  # s at 1 kHz


@dataclass(frozen=True)
class Simulation:
    """What to simulate.

    videos: count, hits: per video, width and height: pixels, frame_rate: frames/s, sample_rate: Hz,
    materials: in turn, test: share of the videos, gap: s between hits (least, most), before and after: s
    of the video around the first and the last hit, max_modes: kept per hit, the loudest.
    """

    videos: int = 150
    hits: int = 5
    width: int = 128
    height: int = 96
    frame_rate: float = 30000 / 1001
    sample_rate: int = 44100
    materials: tuple[str, ...] = tuple(KINDS)
    test: float = 0.2
    gap: tuple[float, float] = (0.5, 0.9)
    before: tuple[float, float] = (0.5, 0.7)
    after: float = 0.6
    max_modes: int = 128


@dataclass(frozen=True)
class Video:
    """One simulated video: what is struck, when (samples from the start, `[hit]`), where and how fast."""

    name: str
    thing: Thing
    onset: np.ndarray
    strike: Strike
    n_frames: int


def simulate(directory: str | Path, settings: Simulation, seed: int, workers: int = 1) -> None:
    """Write a simulated corpus; a video is the same whatever the number of videos or workers.

    Raises:
        InputError: if a material is unknown, or there are too few videos to train and test on each.
    """
    material = names(settings)
    write = partial(write_files, Path(directory), settings, seed)
    written = in_order(lambda video: write(*video), material.items(), workers)  # an error ends it before the rest
    for _ in progress(written, "simulate", len(material)):
        pass
    place = split.draw(material, {}, {"test": settings.test}, seed)
    for part in ("train", "test"):
        listed = [name for name in material if place[name] == part]
        write_text(Path(directory) / f"{part}.txt", "".join(f"{name}\n" for name in listed))


def names(settings: Simulation) -> dict[str, str]:
    """The ids of the videos, like the release's, and the material of each, in turn."""
    for material in settings.materials:
        if material not in KINDS:
            raise InputError(f"corpus.materials: no simulated {material!r}; known are {', '.join(KINDS)}")
    least = len(settings.materials) * (2 if settings.test else 1)
    if settings.videos < least:
        raise InputError(f"simulation.videos = {settings.videos}: too few for the materials; give at least {least}")
    days = [FIRST_DAY + APART * index for index in range(settings.videos)]
    return {
        f"{day:%Y-%m-%d-%H-%M-%S}": settings.materials[index % len(settings.materials)]
        for index, day in enumerate(days)
    }


def draw_video(name: str, material: str, settings: Simulation, rng: np.random.Generator) -> Video:
    """What happens in a video."""
    thing = draw_thing(material, rng)
    gaps = rng.uniform(*settings.gap, settings.hits - 1)
    onset = rng.uniform(*settings.before) + np.cumsum([0, *gaps])
    point = np.stack([draw_point(thing, rng) for _ in range(settings.hits)])
    speed = np.array([between(SPEED, rng) for _ in range(settings.hits)])
    n_frames = int(np.ceil((onset[-1] + settings.after) * settings.frame_rate)) + 1
    samples = np.round(onset * settings.sample_rate).astype(int)
    return Video(name, thing, samples, Strike(point, speed), n_frames)


def sound(video: Video, settings: Simulation, rng: np.random.Generator) -> tuple[np.ndarray, Modes]:
    """The video's sound, `[time]`, and the modes in it, `[hit, mode]`, re full scale."""
    rate = settings.sample_rate
    modes = ringing(video.thing, video.strike, 0.45 * rate, settings.max_modes)
    total = np.zeros(round(video.n_frames / settings.frame_rate * rate))
    room = between(ROOM_T60, rng) * np.array([1.2, 1.2, 1.1, 1.0, 1.0, 0.9, 0.7, 0.5])
    for hit, start in enumerate(video.onset):
        level = float((10 ** (modes.power[hit] / 10)).sum() / 2) ** 0.5
        noise = residual(video.thing, level, video.strike.speed[hit], room, rate, rng)
        tail = total[start:]
        tail += ring(at(modes, hit), len(tail), rate)
        tail[: len(noise)] += noise[: len(tail)]
    gain = PEAK / np.abs(total).max()
    hiss = HISS * rng.standard_normal(len(total))
    louder = Modes(modes.frequency, modes.power + 20 * np.log10(gain), modes.decay, modes.phase)
    return np.clip(gain * total + hiss, -1, 1), louder


def at(modes: Modes, hit: int) -> Modes:
    """The modes of one hit, `[mode]`."""
    return Modes(modes.frequency[hit], modes.power[hit], modes.decay[hit], modes.phase[hit])


def frames(video: Video, settings: Simulation, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """The video's frames, uint8 `[height, width, 3]`."""
    scene = Scene(video.thing, Camera(settings.width, settings.height), rng)
    time = np.arange(video.n_frames) / settings.frame_rate
    onset = video.onset / settings.sample_rate
    yield from scene.frames(stick.place(time, onset, video.strike.point), stick.height(time, onset, video.strike.speed))


def write_files(directory: Path, settings: Simulation, seed: int, name: str, material: str) -> None:
    """Draw a video and write its files."""

    def rng(part: str) -> np.random.Generator:
        return np.random.default_rng(seed_of(seed, "simulate", name, part))

    video = draw_video(name, material, settings, rng("video"))
    samples, modes = sound(video, settings, rng("sound"))
    write_video(directory / f"{name}_denoised.mp4", frames(video, settings, rng("picture")), settings.frame_rate)
    with atomic(directory / f"{name}_denoised.wav") as partial_path:
        soundfile.write(partial_path, samples, settings.sample_rate, subtype="PCM_16")
    onset = video.onset / settings.sample_rate
    lines = [f"{time:.6f} {material} hit static\n" for time in onset]
    write_text(directory / f"{name}_times.txt", "".join(lines))
    write_truth(directory / f"{name}_truth.h5", video, modes, settings)


def write_truth(path: Path, video: Video, modes: Modes, settings: Simulation) -> None:
    """Write `truth/1`: the modes of every hit `[hit, mode]`, its onset in s, where (m) and how fast (m/s).

    Root attributes say what was struck: `material`, `shape`, `along`, `across`, `thickness` (m) and `loss`.
    """
    hits = len(video.onset)
    clips = [f"{video.name}/{hit:03d}" for hit in range(hits)]
    with store.create(path, "truth/1", asdict(settings), {"video": video.name}) as file:
        store.write_clips(file, clips)
        for field in ("frequency", "power", "decay", "phase"):
            file.create_dataset(field, data=getattr(modes, field).numpy(), compression="gzip")
        file.create_dataset("onset", data=video.onset / settings.sample_rate)
        file.create_dataset("point", data=video.strike.point)
        file.create_dataset("speed", data=video.strike.speed)
        thing = video.thing
        along, across = thing.extent
        file.attrs.update(material=thing.material, shape=thing.shape, along=along, across=across)
        file.attrs.update(thickness=thing.body.thickness, loss=thing.loss)
