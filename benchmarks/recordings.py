"""How much of real recordings the modes alone explain."""

import csv
from dataclasses import dataclass
from pathlib import Path

import soundfile
import torch
from rows import Row
from systems import BINS, N_SAMPLES, OURS, RATE, SYSTEMS
from torch import Tensor

from impactsound.evaluation.reconstruction import spectral_convergence
from impactsound.physics.estimate import find_onset
from impactsound.physics.modes import render_modes
from impactsound.progress import progress

FOLDER = Path(__file__).parents[2] / "shared" / "data" / "diffimpact"
MAX_MODES = 256

CAPTION = f"""\
16 impacts of four strikers on four objects (ceramic, plastic, steel, wood; recordings of DiffImpact, Clarke et al.
2021), the first {N_SAMPLES / RATE} s from the onset in the index, peak-normalised. Spectral convergence is the norm of
the error of the STFT magnitudes re theirs, mean of windows of 512, 1024 and 2048 samples: 0 is equal, 1 explains
nothing. At most {MAX_MODES} modes; `{BINS}` has its 1025, rendered to the clip's peak as its authors do, whose own code
reaches 0.85.

Target (of {OURS}): mean <= 0.10."""


@dataclass(frozen=True)
class RecordingRow(Row):
    system: str
    clips: int
    modes_a_clip: float
    mean_convergence: float
    worst_convergence: float

    def misses(self) -> set[str]:
        return {"mean_convergence"} if self.system == OURS and self.mean_convergence > 0.10 else set()


def recording_rows() -> list[RecordingRow]:
    """A row a system; none where the recordings are not there."""
    clips = recordings()
    return [] if clips is None else [_row(system, clips) for system in progress(SYSTEMS, "recordings", len(SYSTEMS))]


def recordings() -> Tensor | None:
    """The recordings `[clip, time]` with a peak of 1, or None where they are not there."""
    if not FOLDER.is_dir():
        return None
    rows = csv.DictReader((FOLDER / "index.csv").open())
    return torch.stack([_read(FOLDER / row["path"], float(row["onset_s"])) for row in rows])


def _read(path: Path, onset: float) -> Tensor:
    sound, rate = soundfile.read(path)
    start = round(onset * rate)
    clip = torch.from_numpy(sound[start : start + N_SAMPLES])
    return clip / clip.abs().max()


def _row(system: str, clips: Tensor) -> RecordingRow:
    modes = SYSTEMS[system](clips, RATE, MAX_MODES)
    onset = find_onset(clips, RATE) if system == OURS else None  # the others' modes start with the clip
    sound = render_modes(modes, N_SAMPLES, RATE, onset)
    if system == BINS:
        sound = sound / sound.abs().amax(-1, keepdim=True)
    error = spectral_convergence(clips, sound)
    return RecordingRow(
        system=system,
        clips=len(clips),
        modes_a_clip=(modes.power > -torch.inf).sum(-1).double().mean().item(),
        mean_convergence=error.mean().item(),
        worst_convergence=error.max().item(),
    )
