"""A blind listening study: of two sounds for the same silent film, which fits better (two-alternative forced choice).

For some test clips and pairs of systems a trial shows the clip's frames and plays both sounds, which of them is left
being drawn by the seed, for each pair as often the one as the other. Catch trials play the clip's own sound against
another material's that is least like it: who does not hear that is left out (`listening_score`).

A trial is known by hashes of what is seen and heard; which sound is whose stands in the key alone. The same inputs give
the same study, and whatever changes a sound or a film changes the study's id.
"""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.table import load
from impactsound.errors import InputError
from impactsound.evaluation.panels import choose
from impactsound.evaluation.physics import distances
from impactsound.media.window import first_frame
from impactsound.seeds import seed_of

SIDES = ("left", "right")
KEY = ("study", "item", "clip", "first", "second", "second_clip", "left", "right", "first_is")
ANOTHER = "another material"  # stands for the second system of a catch trial; no system can be called so
PEAK = 0.9  # of the sounds, re full scale
CANDIDATES = 60  # test clips, of all materials in turn, among which a catch trial's other sound is looked for


@dataclass(frozen=True)
class Study:
    """What is shown and heard, and the key.

    key: a row a trial, the pairs in turn, with the columns `KEY`; films: the JPEG frames of every clip;
    hits: s from a film's beginning to the impact; wavs: WAV files by the ids in `left` and `right`; rate: frames/s.
    """

    key: pd.DataFrame
    films: Mapping[str, Sequence[bytes]]
    hits: Mapping[str, float]
    wavs: Mapping[str, bytes]
    rate: float

    @property
    def id(self) -> str:
        """Of this version of the study."""
        return self.key["study"].iloc[0]


def gather(
    test: str | Path,
    clips: str | Path,
    sounds: Mapping[str, str | Path],
    pairs: Sequence[tuple[str, str]],
    reference: str,
    n_clips: int,
    n_catch: int,
    clip: Clip,
    seed: int,
) -> Study:
    """The study of a corpus.

    Args:
        test: the rows of the test split; clips: the file of the clips, for their frames.
        sounds: the file of every system that is heard.
        pairs: of systems; reference: the system whose sounds are right in catch trials.
        n_clips, n_catch: how many test clips every pair is heard for, and how many others are catch trials.

    Raises:
        InputError: if the split has not so many clips, or a single material where there are to be catch trials.
    """
    table = load(test)
    enough = choose(table, n_clips + n_catch, seed)
    if len(enough) < n_clips + n_catch:
        raise InputError(
            f"{test}: has {len(enough)} clips, and listening.clips and listening.catch are "
            f"{n_clips} and {n_catch}; lower them"
        )
    shown = choose(table, n_clips, seed)
    caught = [name for name in enough if name not in shown]
    strange = strangers(table, caught, sounds[reference], clip, seed) if caught else []
    plan = pd.concat(
        [
            *(trials(shown, *pair, shown, place, seed) for place, pair in enumerate(pairs)),
            trials(caught, reference, ANOTHER, strange, len(pairs), seed),
        ],
        ignore_index=True,
    )
    second = plan["second"].where(plan["second"] != ANOTHER, reference)
    heard = [heard_of(plan["first"], plan["clip"], sounds), heard_of(second, plan["second_clip"], sounds)]
    onset = table.set_index("clip")["onset"]
    with store.open(clips, "clips/1") as file:
        films = {
            name: [frame.tobytes() for frame in file["frames"][row]]
            for name, row in zip(enough, store.rows(file, enough), strict=True)
        }
    hits = {name: onset[name] - first_frame(onset[name], clip) / clip.frame_rate for name in enough}
    return hidden(
        plan, films, hits, [[wav(sound, clip) for sound in both] for both in levelled(np.stack(heard, 1))], clip, seed
    )


def trials(
    clips: Sequence[str], first: str, second: str, second_clips: Sequence[str], place: int, seed: int
) -> pd.DataFrame:
    """The trials of the pair of that place: `clip`, `first`, `second`, `second_clip`, and the side that `first` is on.

    Each side has half of the trials; an odd one falls to either by the seed.
    """
    random = np.random.default_rng(seed_of(seed, "listening", place))
    side = (random.permutation(len(clips)) + random.integers(2)) % 2
    return pd.DataFrame(
        {
            "clip": clips,
            "first": first,
            "second": second,
            "second_clip": second_clips,
            "first_is": np.asarray(SIDES)[side],
        },
        dtype=str,
    )


def strangers(table: pd.DataFrame, clips: Sequence[str], sounds: str | Path, clip: Clip, seed: int) -> list[str]:
    """For each clip that test clip of another material whose sound is least like its own, by the log spectra.

    Raises:
        InputError: if there is none of another material.
    """
    material = table.set_index("clip")["material"]
    candidates = choose(table, CANDIDATES, seed)
    other = material[candidates].to_numpy()[None] != material[list(clips)].to_numpy()[:, None]
    if not other.any(1).all():
        raise InputError("config: listening.catch needs test clips of two materials or more; set it to 0")
    own, theirs = (
        torch.from_numpy(store.read(sounds, "sounds/1", "sound", clip=names)[0]) for names in (clips, candidates)
    )
    pairs = {"": theirs.repeat(len(own), 1)}
    apart = distances(own.repeat_interleave(len(theirs), 0), pairs, clip)["log_distance_"].view(other.shape)
    place = apart.masked_fill(torch.from_numpy(~other), -torch.inf).argmax(1)
    return [candidates[number] for number in place]


def heard_of(systems: pd.Series, clips: pd.Series, sounds: Mapping[str, str | Path]) -> np.ndarray:
    """The sound of each trial, by that system for that clip, `[trial, time]`."""
    groups = systems.groupby(systems).indices
    parts = [
        store.read(sounds[name], "sounds/1", "sound", clip=clips.iloc[places])[0] for name, places in groups.items()
    ]
    return np.concatenate(parts)[np.argsort(np.concatenate(list(groups.values())))]


def levelled(sounds: np.ndarray) -> np.ndarray:
    """The two sounds of each trial at equal energy, lest the louder be preferred, and the higher peak at `PEAK`.

    Silence stays silence.

    Shape:
        - Input and output: `[..., 2, time]`
    """
    sounds = np.asarray(sounds, np.float64)
    energy = np.sqrt(np.square(sounds).mean(-1, keepdims=True))
    even = np.divide(sounds, energy, out=np.zeros_like(sounds), where=energy > 0)
    peak = np.abs(even).max((-2, -1), keepdims=True)
    return np.divide(PEAK * even, peak, out=np.zeros_like(even), where=peak > 0)


def wav(sound: np.ndarray, clip: Clip) -> bytes:
    """A sound `[time]` as a 16-bit WAV."""
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, clip.sample_rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def hidden(
    plan: pd.DataFrame,
    films: Mapping[str, Sequence[bytes]],
    hits: Mapping[str, float],
    wavs: Sequence[Sequence[bytes]],
    clip: Clip,
    seed: int,
) -> Study:
    """The study, its trials and sounds known by hashes of what is shown and played.

    Args:
        wavs: of each trial, that of the first system and that of the second.
    """
    sides = [both if side == "left" else both[::-1] for both, side in zip(wavs, plan["first_is"], strict=True)]
    items = [
        hashed(seed, number, *films[name], *both)
        for number, (name, both) in enumerate(zip(plan["clip"], sides, strict=True))
    ]
    ids = [
        [hashed(item, side, each) for side, each in zip(SIDES, both, strict=True)]
        for item, both in zip(items, sides, strict=True)
    ]
    left, right = zip(*ids, strict=True)
    key = plan.assign(study=hashed(*items), item=items, left=left, right=right)[list(KEY)]
    heard = {name: each for names, both in zip(ids, sides, strict=True) for name, each in zip(names, both, strict=True)}
    return Study(key, films, hits, heard, clip.frame_rate)


def hashed(*parts: object) -> str:
    """Twelve hex digits for these texts, numbers and bytes."""
    total = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else str(part).encode()
        total.update(len(content).to_bytes(8, "big") + content)
    return total.hexdigest()[:12]


def read_key(path: str | Path) -> pd.DataFrame:
    """The key of a study, a row a trial.

    Raises:
        InputError: if it is absent or is no key.
    """
    try:
        key = pd.read_csv(path, keep_default_na=False, dtype=str)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; the rule listening_study writes it beside the page") from None
    except ValueError as error:
        raise InputError(f"{path}: is no key of a listening study; delete it to have it made again") from error
    if tuple(key) != KEY or key.empty or key["study"].nunique() > 1 or key["item"].duplicated().any():
        raise InputError(f"{path}: is no key of one listening study; delete it to have it made again")
    return key
