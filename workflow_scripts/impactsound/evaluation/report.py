"""The report: what a corpus holds, how the systems compare on it, and test clips to look at and listen to.

`gather` reads the results, `render` makes one HTML page of them that loads nothing from elsewhere. The same
results give the same bytes.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import torch
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.figure import Figure

from impactsound import store
from impactsound.config import Clip
from impactsound.evaluation import figures, modal_figures, panels, tables, topics
from impactsound.evaluation.curves import Curve, curve
from impactsound.evaluation.findings import findings
from impactsound.evaluation.grids import UNRANKED
from impactsound.evaluation.modal_figures import Ringing
from impactsound.evaluation.names import SYSTEMS, stage, title
from impactsound.evaluation.panels import choose
from impactsound.evaluation.physics import COUNTED, SHORTEST
from impactsound.physics.priors import read_modes

SPLITS = ("train", "validation", "test")
FARTHEST = 2  # clips that are shown of what a variant was not trained on
FRAMES = 7  # about so many are shown of a clip
PEAK = 0.9  # of every sound that is played, so that systems are compared at one loudness
SILENCE = (0.05, 0.2)  # s before and after it; players swallow the ends of so short a sound


METRICS = ("fid", "kid", "kl", "accuracy", "macro_accuracy")  # what the page begins with; the rest is in the tables


@dataclass(frozen=True)
class Cell:
    """A figure of the comparison; `best` among the ranked systems."""

    value: float
    best: bool


@dataclass(frozen=True)
class Heard:
    """A system's sound for a clip, `[time]`; `matched` is the training clip whose physics or sound it has."""

    sound: np.ndarray
    matched: str = ""
    material: str = ""


@dataclass(frozen=True)
class Card:
    """A test clip: its row of the manifest, JPEG frames by their time in ms from the onset, its sounds, its modes."""

    row: Mapping[str, object]
    frames: Mapping[int, bytes]
    heard: Mapping[str, Heard]
    modes: Ringing


@dataclass(frozen=True)
class Report:
    """Everything that the page shows.

    impacts: how many `[material, split]`; videos: how many `[split]`; fates: events by what became of them;
    physics: the physics table, a row a material, "all" the last; topics: what else is shown, by section; panels: a PNG
    of a clip of every material; unseen: clips of what a variant was not trained on; findings: what
    the tables say.
    """

    corpus: str
    clip: Clip
    impacts: pd.DataFrame
    videos: pd.Series
    fates: Mapping[str, int]
    comparison: Mapping[str, Mapping[str, Cell]]
    accuracy: Sequence[Mapping[str, object]]
    physics: pd.DataFrame
    curves: Sequence[Curve]
    cards: Sequence[Card]
    topics: Mapping[str, Sequence[topics.Shown]]
    panels: bytes
    unseen: Mapping[str, Sequence[Card]]
    findings: Sequence[str]


def gather(
    corpus: str,
    manifest: str | Path,
    counts: str | Path,
    clips: str | Path,
    modes: str | Path,
    sounds: Mapping[str, str | Path],
    histories: Sequence[str | Path],
    made: Mapping[str, str | Path],
    pictures: Mapping[str, str | Path],
    clip: Clip,
    shown: int,
    seed: int,
    unseen: Mapping[str, Mapping[str, str | Path]] | None = None,
) -> Report:
    """Read what the report shows.

    Args:
        sounds: the file of every compared system, in the order in which they are shown.
        made: tables, by name; `comparison`, `accuracy` and `physics` are among them. pictures: PNG files, by name.
        histories: loss curves; the stage is the folder's path from that of the manifest.
        shown: how many test clips to show.
        unseen: of variants that were not trained on some things, the sounds of some systems; `made` has `unseen_clips`.
    """
    table = pd.read_csv(manifest, keep_default_na=False, dtype={"clip": str, "video": str, "material": str})
    fates = pd.read_csv(counts, keep_default_na=False)
    splits = [*SPLITS, *sorted(set(table["split"]) - set(SPLITS))]
    return Report(
        corpus=corpus,
        clip=clip,
        impacts=pd.crosstab(table["material"], table["split"]).reindex(columns=splits, fill_value=0),
        videos=table.groupby("split")["video"].nunique().reindex(splits, fill_value=0),
        fates=dict(zip(fates.iloc[:, 0], fates.iloc[:, 1], strict=True)),
        comparison=scores(pd.read_csv(made["comparison"], keep_default_na=False)),
        accuracy=pd.read_csv(made["accuracy"], keep_default_na=False).to_dict("records"),
        physics=pd.read_csv(made["physics"], keep_default_na=False, na_values=[""]).set_index("material"),
        curves=[curve(path, Path(manifest).parent) for path in histories],
        topics=topics.shown(made, pictures),
        unseen={
            variant: cards(table, farthest(made["unseen_clips"], variant), clips, modes, of, clip)
            for variant, of in (unseen or {}).items()
        },
        findings=findings(made),
        panels=Path(pictures["panels"]).read_bytes() if "panels" in pictures else b"",
        cards=cards(table, choose(table, shown, seed), clips, modes, sounds, clip),
    )


def scores(table: pd.DataFrame) -> dict[str, dict[str, Cell]]:
    """The figures of every system, those marked that are the best of the ranked ones."""
    ranked = table[~table["system"].isin(UNRANKED)]
    lower = {name: topics.COLUMNS[name].better == "lower" for name in METRICS}
    best = {name: ranked[name].min() if lower[name] else ranked[name].max() for name in METRICS}
    return {
        row["system"]: {
            name: Cell(row[name], row["system"] not in UNRANKED and row[name] == best[name]) for name in METRICS
        }
        for row in table.to_dict("records")
    }


def farthest(path: str | Path, variant: str) -> list[str]:
    """Some clips that a variant's training lacked, a video each: those whose physics is farthest from it."""
    clips = pd.read_csv(path, keep_default_na=False)
    lacked = clips[(clips["variant"] == variant) & clips["left_out"]].sort_values("distance", ascending=False)
    return lacked.drop_duplicates("video")["clip"].head(FARTHEST).tolist()


def cards(
    table: pd.DataFrame,
    chosen: Sequence[str],
    clips: str | Path,
    modes: str | Path,
    sounds: Mapping[str, str | Path],
    clip: Clip,
) -> list[Card]:
    """The chosen clips with the real sound first, then that of every system."""
    described = table.set_index("clip", drop=False)
    with store.open(clips, "clips/1") as file:
        rows = store.rows(file, chosen)
        frames = [strip(file["frames"][row], clip) for row in rows]
        heard = [{"real": Heard(file["sound"][row])} for row in rows]
    real = torch.from_numpy(np.stack([sounds["real"].sound for sounds in heard]))
    ringing = modal_figures.ringing(real, *read_modes(modes, chosen), clip)
    for system, path in sounds.items():
        if system == "real":
            continue
        with store.open(path, "sounds/1") as file:
            for row, sounding in zip(store.rows(file, chosen), heard, strict=True):
                matched = file["matched"].asstr()[row]
                material = described.at[matched, "material"] if matched else ""
                sounding[system] = Heard(file["sound"][row], matched, material)
    return [
        Card(described.loc[name].to_dict(), *parts) for name, *parts in zip(chosen, frames, heard, ringing, strict=True)
    ]


def strip(frames: Sequence[np.ndarray], clip: Clip) -> dict[int, bytes]:
    """Some of a clip's JPEG frames, evenly spaced and one at the onset, by their time in ms from it."""
    step = max(1, clip.frames // FRAMES)
    numbers = range(clip.frames_before % step, clip.frames, step)
    times = [round(1000 * (number - clip.frames_before) / clip.frame_rate) for number in numbers]
    return {time: frames[number].tobytes() for time, number in zip(times, numbers, strict=True)}


def wav(sound: np.ndarray, clip: Clip) -> bytes:
    """A sound `[time]` as a 16-bit WAV at a peak of `PEAK`, between two short silences."""
    peak = np.abs(sound).max()
    scaled = sound * (PEAK / peak) if peak > 0 else sound
    before, after = (round(seconds * clip.sample_rate) for seconds in SILENCE)
    buffer = io.BytesIO()
    soundfile.write(buffer, np.pad(scaled, (before, after)), clip.sample_rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def render(report: Report) -> str:
    """The page; every value in it is escaped."""
    page = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page.filters |= {
        "figure": _figure,
        "known": _known,
        "percent": lambda share: f"{100 * share:.1f}",
        "system": title,
        "stage": stage,
        "spectrogram": lambda sound: _data("image/png", figures.picture(figures.spectrogram(sound, report.clip))),
        "wav": lambda sound: _data("audio/wav", wav(sound, report.clip)),
        "png": lambda picture: _data("image/png", picture),
        "jpeg": lambda frame: _data("image/jpeg", frame),
    }
    page.globals |= {
        "metrics": {name: topics.COLUMNS[name] for name in METRICS},
        "systems": SYSTEMS,
        "sections": topics.SECTIONS,
        "scale": _data("image/png", figures.scale()),
        "floor": round(figures.FLOOR),
        "modal": modal_figures,
        "counted": COUNTED,
        "shortest": SHORTEST,
        "points": partial(modal_figures.points, clip=report.clip),
        "zip": zip,
    }
    return page.get_template("report.html.j2").render(report=report)


def spectrograms(report: Report) -> Figure:
    """The spectrograms of the shown clips, a column a system."""
    rows = [
        (str(card.row["material"]), {title(system): heard.sound for system, heard in card.heard.items()})
        for card in report.cards
    ]
    return panels.sheet(rows, report.clip)


def modes_sheet(report: Report) -> Figure:
    """The modes of the shown clips."""
    rows = [(str(card.row["material"]), card.heard["real"].sound, card.modes) for card in report.cards]
    return modal_figures.sheet(rows, report.clip)


def _known(value: float, decimals: int) -> str:
    """A figure of so many decimals that may be absent, or infinite."""
    if np.isnan(value):
        return "–"
    return "∞" if np.isinf(value) else f"{value:.{decimals}f}"


def _figure(value: float, digits: int = tables.DIGITS) -> str:
    """A number of a few significant digits, with a true minus."""
    return f"{value:.{digits}g}".replace("-", "−")


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
