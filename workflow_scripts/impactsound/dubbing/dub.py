"""A video dubbed: hits are found, matched, edited and made audible, mixed into a track, and put beside the picture.

Beside `dubbed.mp4` come `dubbed.wav`, the track; `dubbed.hits.json`, all that is known of the hits, and their edits;
and `dubbed.hits.h5`, the sounds of the hits, from which a later run takes those that have not changed.
"""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from torch import Tensor

from impactsound import files
from impactsound.dubbing import cache
from impactsound.dubbing.hits import Hits, read_edits, read_hits, write_hits
from impactsound.dubbing.loudness import GATE, gain_for
from impactsound.dubbing.model import Model
from impactsound.dubbing.seen import duration_of, hits_of, looks
from impactsound.dubbing.track import write_track
from impactsound.errors import InputError
from impactsound.media.info import video_info
from impactsound.media.mux import copy_video, mux, refuse

log = logging.getLogger("impactsound")


@dataclass(frozen=True)
class Wishes:
    """How a video is to be dubbed.

    times: as `seen.hits_of` takes them; edits: a file of edits; sound: of `media.mux.SOUNDS`; loudness: LUFS of our
    sound, or None; overwrite: whether an output of something else may be written over.
    """

    times: str | Path | None = None
    edits: str | Path | None = None
    sound: str = "replace"
    loudness: float | None = None
    overwrite: bool = False

    def __post_init__(self):
        if self.loudness is not None and not GATE <= self.loudness <= 0:
            raise InputError(f"--loudness {self.loudness:g}: give LUFS from {GATE:g} to 0")


@dataclass(frozen=True)
class Dubbed:
    """What was done: where, the hits, and how many of their sounds had to be made."""

    output: Path
    hits: Hits
    made: int

    def __str__(self) -> str:
        count, far = len(self.hits.hits), sum(hit.far for hit in self.hits.hits)
        unlike = f"; {far} unlike all that the model was trained on" if far else ""
        return f"{self.output}: {count} hits, of which {self.made} were made anew{unlike}"


def dub(video: str | Path, output: str | Path, model: Model, wishes: Wishes | None = None) -> Dubbed:
    """Write a dubbed video and what belongs beside it; where no hit is found, the video as it is.

    Raises:
        InputError: in one line what is wrong with the video, the times, the edits or the output; nothing has then been
            written over but the sounds kept for later.
    """
    video, output, wishes = Path(video), Path(output), wishes or Wishes()
    refuse(video, output)
    output.parent.mkdir(parents=True, exist_ok=True)
    earlier = _earlier(video, output, wishes)
    hits, latent = _hits(video, output, model, wishes, earlier)
    if not hits.hits:
        log.warning("%s: no hit was found; it is copied as it is. Give the times of the hits, if it has any", video)
        copy_video(video, output)
        write_hits(beside(output, "json"), hits)
        return Dubbed(output, hits, 0)
    sounds = beside(output, "h5")
    made = cache.update(sounds, model, hits, latent)
    with files.beside(output.with_suffix(".wav")) as folder:
        track = folder / "track.wav"
        hits = _as_loud(hits, sounds, track, wishes.loudness)
        own = wishes.sound == "mix" and video_info(video).sounds
        _mix(hits, sounds, track, video if own else None)
        mux(video, track, output, wishes.sound)
        track.replace(output.with_suffix(".wav"))
    write_hits(beside(output, "json"), hits)
    return Dubbed(output, hits, made)


def beside(output: Path, kind: str) -> Path:
    """The file of hits that lies beside an output: "json" or "h5"."""
    return output.with_suffix(f".hits.{kind}")


def dubbed_hits(output: str | Path, video: str | Path, model: Model) -> Hits | None:
    """The hits of a dubbed video, if they lie beside it and are of this video, by this model."""
    path = beside(Path(output), "json")
    found = read_hits(path) if path.is_file() else None
    return found if found and (found.video, found.model) == (Path(video).name, model.id) else None


def _earlier(video: Path, output: Path, wishes: Wishes) -> Hits | None:
    """The hits of the output that is to be edited, if it is there; it is not written over for anything else."""
    path = beside(output, "json")
    found = read_hits(path) if path.is_file() and not wishes.overwrite else None
    if found is None:
        there = [file for file in (output, output.with_suffix(".wav")) if file.exists()]
        if there and not wishes.overwrite:
            raise InputError(
                f"{there[0]}: is there already, and nothing beside it says of what; use --overwrite, or -o"
            )
        return None
    if found.video != video.name:
        raise InputError(f"{output}: is {found.video} dubbed; use --overwrite, or another -o")
    if wishes.edits is None and (found.all.to_json() or any(hit.edit.to_json() for hit in found.hits)):
        raise InputError(f"{path}: has edits, which would be lost; use --edits {path} to keep them, or --overwrite")
    return found


def _hits(video: Path, output: Path, model: Model, wishes: Wishes, earlier: Hits | None) -> tuple[Hits, Tensor]:
    """The hits as they are to sound, and their latents; those of an earlier run stay, where that is edited."""
    if earlier is not None and wishes.edits and not wishes.times and _fits(earlier, video, model):
        hits, latent = earlier, cache.known_latents(beside(output, "h5"), earlier)
        if latent is None or latent.shape[1] != model.vision.dim:
            latent = looks(video, np.array([hit.time for hit in hits.hits]), model)
    else:
        hits, latent = hits_of(video, model, wishes.times)
    return (read_edits(wishes.edits, hits, model.bank.clips) if wishes.edits else hits), latent


def _fits(hits: Hits, video: Path, model: Model) -> bool:
    """Whether hits are by this model and of a video as long as this one."""
    known = (model.id, model.clip.sample_rate, model.clip.duration)
    return (hits.model, hits.sample_rate, hits.window) == known and hits.duration == duration_of(video)


def _mix(hits: Hits, sounds: Path, track: Path, original: Path | None = None) -> None:
    write_track(track, cache.placed(sounds, hits), hits.duration, hits.sample_rate, hits.gain, original)


def _as_loud(hits: Hits, sounds: Path, track: Path, loudness: float | None) -> Hits:
    """The hits with the gain that gives them a loudness, if one is wished for."""
    if loudness is None:
        return hits
    _mix(hits, sounds, track)
    more = gain_for(track, loudness)
    if more is None:
        log.warning("the hits are too short or too quiet for their loudness to be measured; it is left as it is")
    return replace(hits, gain=hits.gain + (more or 0.0))
