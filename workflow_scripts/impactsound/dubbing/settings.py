"""What `model.json` says of a model, and which files lie beside it."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from impactsound.config import Clip
from impactsound.dubbing.members import Members, read_object
from impactsound.dubbing.systems import check_dubs
from impactsound.errors import InputError
from impactsound.files import write_text
from impactsound.systems import System

FORMAT = "impactsound model/1"
NAME, BANK = "model.json", "bank.h5"
WEIGHTS = {name: f"{name}.safetensors" for name in ("vision", "onset", "network", "residual")}
FILES = (NAME, BANK, *WEIGHTS.values())
DISTANCES = ("euclidean", "l1", "cosine")  # an embedding asks for what is heard of a corpus
# least and most of what a model's clip can have: what is beyond asks for more memory than there is
CLIP = {
    "sample_rate": (1000, 192_000),
    "duration": (0.001, 60.0),
    "n_fft": (16, 1 << 16),
    "hop": (1, 1 << 16),
    "frames": (1, 1000),
    "frame_rate": (1.0, 1000.0),
    "frame_size": (8, 1024),
    "floor": (1e-30, 1e30),
    "ceiling": (1e-30, 1e30),
}


@dataclass(frozen=True)
class Settings:
    """What model.json says.

    corpus, kind: its name, and its kind as the config has it; materials: the labels; clip: its lengths; name, system:
    of the compared systems; sampling: as the config has it; seed: of the config and of the network; distance: of
    `DISTANCES`; reach: the distance to its match beyond which a hit is far from all that the bank has.
    """

    corpus: str
    kind: str
    materials: tuple[str, ...]
    clip: Clip
    name: str
    system: System
    sampling: Mapping
    seed: tuple[int, int]
    distance: str
    reach: float

    def __post_init__(self):
        check_dubs(self.name, self.system)
        if self.distance not in DISTANCES:
            raise InputError(f"config: bank.distance = {self.distance!r} cannot dub; give {', '.join(DISTANCES)}")

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that the model has."""
        return tuple(file for file in FILES if self.system.trained or file != WEIGHTS["network"])

    def write(self, directory: str | Path) -> None:
        """Write model.json."""
        found = dataclasses.asdict(self)
        found["system"] = {"name": found.pop("name"), **found["system"]}
        write_text(Path(directory) / NAME, json.dumps({"format": FORMAT, **found}, indent=2) + "\n")


def read_settings(directory: str | Path) -> Settings:
    """What model.json says, all files being there.

    Raises:
        InputError: if the directory is no model, is one of another version, or lacks a file.
    """
    path = Path(directory) / NAME
    if not path.is_file():
        raise InputError(f"{directory}: not a model directory, for it has no {NAME}; give one that was packed")
    file = read_object(path)
    found = file.row.get("format")
    if found != FORMAT:
        raise InputError(f"{directory}: a model directory of another version: {found!r}, and {FORMAT!r} is needed")
    with of_this_version(path):
        system = dict(file.object("system").row)
        settings = Settings(
            corpus=file.text("corpus"),
            kind=file.text("kind"),
            materials=tuple(map(str, file.items("materials"))),
            clip=read_clip(file.object("clip")),
            name=file.object("system").text("name"),
            system=System(system["makes"], tuple(system["told"]), system["of"], system["network"]),
            sampling=_sampling(file.object("sampling")),
            seed=tuple(file.items("seed")),
            distance=file.text("distance"),
            reach=file.number("reach", 0.0),
        )
    for name in settings.files:
        if not (Path(directory) / name).is_file():
            raise InputError(f"{directory}: the model lacks {name}; copy the whole directory again")
    return settings


def read_clip(members: Members) -> Clip:
    """The lengths of a clip, each within `CLIP`; what is not said is as `Clip` has it."""
    read = {int: members.integer, float: members.number}
    kinds = {field.name: read[field.type] for field in dataclasses.fields(Clip)}
    clip = Clip(**members.row | {name: kinds[name](name, *ends) for name, ends in CLIP.items() if name in members})
    if not (2 * clip.hop <= clip.n_fft < 2 * clip.n_samples and clip.floor < clip.ceiling):
        raise InputError(f"{members.place}: has no spectrogram; make the model again")
    return clip


def _sampling(members: Members) -> dict:
    """How sounds are sampled, its numbers checked."""
    iterations = members.object("griffin_lim").integer("iterations", 0, 100_000)
    checked = {"steps": members.integer("steps", 1, 1000), "batch": members.integer("batch", 1)}
    checked |= {"guidance": members.number("guidance", 0.0, 1000.0)}
    return members.row | checked | {"griffin_lim": members.of("griffin_lim") | {"iterations": iterations}}


@contextmanager
def of_this_version(path: Path) -> Iterator[None]:
    """Settings that this version does not know, or misses, become an InputError that names the file."""
    try:
        yield
    except InputError as error:
        if str(path.parent) in str(error):
            raise
        raise InputError(f"{path}: {error}") from None
    except Exception as error:  # of any kind: these are settings of a stranger, and networks are built from them
        reason = " ".join(f"{error}".split())[:160]
        raise InputError(f"{path}: made by another version of impactsound; make the model again ({reason})") from error
