"""The hits of a dubbed video: when, what each was matched with, its physics and its edit; and their file.

`dubbed.hits.json` has the format "impactsound hits/1". What is read back is what was written, to the last bit, since
the sounds of hits that nobody edits must not change.
"""

import dataclasses
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from impactsound.corpus.labels import LATEST
from impactsound.dubbing.edit import Edit
from impactsound.dubbing.members import Members, number, read_object
from impactsound.dubbing.physics import Physics
from impactsound.dubbing.track import HIGHEST
from impactsound.errors import InputError
from impactsound.files import write_text

HITS, EDITS = "impactsound hits/1", "impactsound edits/1"
GAIN = 200.0  # dB, at most
PLAIN = ("id", "time", "probability", "matched", "material", "distance", "far")


@dataclass(frozen=True)
class Hit:
    """A hit.

    id: its number, for good; time: s; probability: how sure its finder was, None where a person gave the time;
    matched: the bank's entry that looks most alike, material: of that, distance: to it; far: whether that is farther
    than the bank reaches; others: the nearest entry of each material; physics: of `matched`, unedited.
    """

    id: int
    time: float
    probability: float | None
    matched: str
    material: str
    distance: float
    far: bool
    others: Mapping[str, str]
    physics: Physics
    edit: Edit = field(default_factory=Edit)

    def entry(self, edit: Edit) -> str:
        """The bank's entry whose physics the hit has under an edit."""
        return self.matched if edit.entry is None else self.others.get(edit.entry, edit.entry)

    def to_json(self) -> dict:
        """The hit as its file has it."""
        plain = {name: getattr(self, name) for name in PLAIN}
        return plain | {"others": dict(self.others), **self.physics.to_json(), "edit": self.edit.to_json()}


@dataclass(frozen=True)
class Hits:
    """The hits of a video, and what is common to them.

    video: the file's name; model: its id; sample_rate: Hz; window: s that are generated; duration: s of the video;
    gain: dB, of every hit's sound; all: an edit of every hit, but for what its own says.
    """

    video: str
    model: str
    sample_rate: int
    window: float
    duration: float
    gain: float
    hits: tuple[Hit, ...]
    all: Edit = field(default_factory=Edit)

    def edit(self, hit: Hit) -> Edit:
        """All that is set for a hit."""
        return hit.edit.over(self.all)

    def time(self, hit: Hit) -> float:
        """When a hit sounds, in s, after its edit."""
        return hit.time if hit.edit.time is None else hit.edit.time

    def strength(self, hit: Hit) -> float:
        """The strength of a hit, in dB."""
        return self.edit(hit).strength or 0.0

    def to_json(self) -> dict:
        """The hits as their file has them."""
        plain = {name: getattr(self, name) for name in ("video", "model", "sample_rate", "window", "duration", "gain")}
        hits = [hit.to_json() for hit in self.hits]
        return {"format": HITS, **plain, "all": self.all.to_json(), "hits": hits}


def write_hits(path: str | Path, hits: Hits) -> None:
    """Write a file of hits, a hit a line."""
    rows = ",\n".join(f"    {json.dumps(hit)}" for hit in hits.to_json()["hits"])
    head = json.dumps(hits.to_json() | {"hits": []}, indent=2).removesuffix("[]\n}")
    write_text(path, f"{head}[\n{rows}\n  ]\n}}\n")


def read_hits(path: str | Path) -> Hits:
    """Read a file of hits.

    Raises:
        InputError: naming the file and the member at fault.
    """
    file = _opened(path, HITS)
    duration = file.number("duration", 0.0, LATEST)
    return Hits(
        video=file.text("video"),
        model=file.text("model"),
        sample_rate=file.integer("sample_rate", 1, HIGHEST),
        window=file.number("window", 0.0, LATEST),
        duration=duration,
        gain=file.number("gain", -GAIN, GAIN),
        hits=tuple(_hit(members, duration) for members in _numbered(file).values()),
        all=_common(file),
    )


def read_edits(path: str | Path, hits: Hits, bank: Collection[str] | None = None) -> Hits:
    """The hits as a file of edits says; what it does not say is not edited, whatever was before.

    Args:
        path: an edits file, or a file of hits; of a hit only `id` and `edit` are read.
        bank: the clips that an edit may name as `entry`, where they are known.

    Raises:
        InputError: naming the file, the hit and the key at fault.
    """
    file = _opened(path, EDITS, HITS)
    own = {id_: _own(members, hits.duration) for id_, members in _numbered(file).items()}
    for unknown in own.keys() - {hit.id for hit in hits.hits}:
        raise InputError(f"{path}: hit {unknown} is none of the {len(hits.hits)} hits of {hits.video}")
    edited = tuple(dataclasses.replace(hit, edit=own.get(hit.id, Edit())) for hit in hits.hits)
    hits = dataclasses.replace(hits, hits=edited, all=_common(file))
    if bank is not None:
        check_entries(hits, bank, str(path))
    return hits


def check_entries(hits: Hits, bank: Collection[str], place: str) -> None:
    """Raise an InputError unless every hit's entry is in the bank, naming the hit and the `place` of its edit."""
    for hit in hits.hits:
        edit = hits.edit(hit)
        if hit.entry(edit) not in bank:
            raise InputError(
                f"{place}: hit {hit.id}: entry = {edit.entry or hit.matched!r} is neither a clip of the model's bank "
                f"nor a material; materials are {', '.join(hit.others)}"
            )


def _opened(path: str | Path, *formats: str) -> Members:
    """A file that has one of these formats; only edits may go without saying so."""
    file = read_object(path)
    found = file.text("format") if "format" in file or EDITS not in formats else EDITS
    if found not in formats:
        raise InputError(f"{path}: its format is {found!r}, and {' or '.join(map(repr, formats))} is needed")
    if not ("all" in file or "hits" in file):
        raise InputError(f"{path}: has neither 'all' nor 'hits', and so no edits")
    return file


def _numbered(file: Members) -> dict[int, Members]:
    """The hits of a file by their id, which no two share."""
    found: dict[int, Members] = {}
    for place, row in enumerate(file.items("hits") if "hits" in file else []):
        id_ = Members(row, f"{file.place}: hits[{place}]").integer("id")
        if id_ in found:
            raise InputError(f"{file.place}: two hits have the id {id_}")
        found[id_] = Members(row, f"{file.place}: hit {id_}", ": ")
    return found


def _hit(members: Members, duration: float) -> Hit:
    sure, others = members.of("probability"), members.object("others")
    return Hit(
        id=members.integer("id"),
        time=members.number("time", 0.0, duration),
        probability=None if sure is None else members.number("probability", 0.0, 1.0),
        matched=members.text("matched"),
        material=members.text("material"),
        distance=members.number("distance", 0.0),
        far=members.boolean("far"),
        others={material: others.text(material) for material in others.row},
        physics=Physics.read(members),
        edit=_own(members, duration),
    )


def _own(members: Members, duration: float) -> Edit:
    """The edit of one hit, whose time is in the video."""
    edit = Edit.read(members.row.get("edit", {}), members.name("edit"))
    if edit.time is not None:
        number(edit.time, f"{members.name('edit')}.time", 0.0, duration)
    return edit


def _common(file: Members) -> Edit:
    """The edit of all hits."""
    edit = Edit.read(file.row.get("all", {}), file.name("all"))
    if edit.time is not None:
        raise InputError(f"{file.name('all')}.time: hits cannot all sound at one time; give it to one hit")
    return edit
