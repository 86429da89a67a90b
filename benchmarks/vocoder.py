"""What Griffin-Lim needs, by the phase it starts from, on real recordings and on sounds of known modes, as Markdown.

Minutes on one CPU core. The recordings are read from ../shared/data next to the repository and left out, with a note,
where it is absent. A corpus's own table is made by the workflow's rule `vocoder_table`.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import recordings
import torch
from rows import measured_on
from torch import Tensor

from impactsound.config import Clip
from impactsound.evaluation.vocoder import ENOUGH, ERRORS, ITERATIONS, vocoder_table
from impactsound.physics.closed_form import estimate_residual
from impactsound.physics.estimate import estimate_modes, find_onset
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.residual import Residual, noise_bands, render_residual
from impactsound.progress import progress
from impactsound.seeds import generator
from impactsound.vocoder.griffin_lim import onset_phase, phase_of, random_phase

SEED = 0
MOMENTA = (0.0, 0.5, 0.9, 0.99)
MAX_MODES, BANDS, T60_RANGE, LATEST_DELAY = 256, 40, (0.01, 3.0), 0.02  # of the recordings' priors
KNOWN, COUNT = 32, 24  # sounds of known modes, and their modes
STARTS = ("random", "onset", "modal")
COLUMNS = {"convergence_db": ("Convergence, dB", ".1f"), "correlation": ("Correlation", ".3f")}
UNKNOWN = -50.0  # dB: noise in them that no prior knows

INTRODUCTION = f"""\
# Vocoder

Griffin-Lim from several starts: a random phase; `onset`, that of steady cosines that start with the clip; `modal`, that
of the sound of the clip's own modes and residual. Convergence is the norm of the error of the STFT magnitude re that
asked for, correlation that of the waveform with the true one, at no lag; means over clips and their standard errors.
An error is the deviation of white noise on the log spectrogram, in its range of -1 to 1, as a generated one is that of
no sound either. Marked * are the fewest iterations within {ENOUGH:g} dB of the best of their row."""

REAL = f"""\
16 recordings, 0.25 s at 44.1 kHz, spectrograms as the paper has them. At most {MAX_MODES} modes; the residual by the
closed form, {BANDS} bands."""

SYNTHETIC = f"""\
{KNOWN} sounds of {COUNT} damped sinusoids of random frequency, power, decay and phase, 0.25 s at 44.1 kHz, and white
noise at {UNKNOWN:g} dB re full scale; `modal` is the phase of the true modes, which know nothing of the noise."""


def main(arguments: Sequence[str]) -> None:
    options = _parse(arguments)
    torch.set_num_threads(1)
    clip, momenta = Clip(), (0.9,) if options.quick else MOMENTA
    iterations = ITERATIONS[:4] if options.quick else ITERATIONS
    parts = [INTRODUCTION, measured_on(arguments)]
    for title, caption, sounds in (("Real recordings", REAL, recorded(clip)), ("Known modes", SYNTHETIC, known(clip))):
        parts.append(f"## {title}\n\n{caption}")
        if sounds is None:
            parts.append("Left out: what it needs is not on this machine.")
            continue
        figures = measure(*sounds, clip, momenta, iterations)
        parts += [f"{name}:\n\n{wide(figures, column, form)}" for column, (name, form) in COLUMNS.items()]
    options.output.write_text("\n\n".join(parts) + "\n")
    print(f"wrote {options.output}")


def recorded(clip: Clip) -> tuple[Tensor, Tensor] | None:
    """The recordings, and the sounds of their modes and residuals, `[clip, time]`; None where they are not there."""
    sound = recordings.recordings()
    if sound is None:
        return None
    modes = estimate_modes(sound, clip.sample_rate, MAX_MODES)
    modal = render_modes(modes, clip.n_samples, clip.sample_rate, find_onset(sound, clip.sample_rate))
    found = estimate_residual(sound - modal, BANDS, clip.sample_rate, T60_RANGE, LATEST_DELAY)
    bands = Residual(*(field.float() for field in (found.weight, found.delay, found.t60)))
    noise = noise_bands(BANDS, clip.n_samples, clip.sample_rate, SEED)
    return sound.float(), modal.float() + render_residual(bands, noise, clip.sample_rate)


def known(clip: Clip) -> tuple[Tensor, Tensor]:
    """Sounds of known modes and some noise, and those of the modes alone, `[clip, time]`; the peaks of these are 1."""
    draw = torch.rand(4, KNOWN, COUNT, generator=generator(SEED, "modes"), dtype=torch.float64)
    frequency = 100 * (0.45 * clip.sample_rate / 100) ** draw[0]
    modes = Modes(frequency, -30 * draw[1], 5 + 100 * draw[2], 2 * math.pi * draw[3])
    modal = render_modes(modes, clip.n_samples, clip.sample_rate).float()
    modal = modal / modal.abs().amax(-1, keepdim=True)
    noise = torch.randn(modal.shape, generator=generator(SEED, "noise"))
    return modal + 10 ** (UNKNOWN / 20) * noise, modal


def measure(
    sound: Tensor, near: Tensor, clip: Clip, momenta: Sequence[float], iterations: Sequence[int]
) -> pd.DataFrame:
    """The vocoder's table of sounds for every momentum; `near` are those whose phase is `modal`."""
    names = [f"clip {number}" for number in range(len(sound))]
    phases = random_phase(names, clip, SEED), onset_phase(clip), phase_of(near, clip)
    starts = dict(zip(STARTS, phases, strict=True))
    parts = [
        vocoder_table(sound, starts, clip, names, names, SEED, iterations, ERRORS, momentum).assign(momentum=momentum)
        for momentum in progress(momenta, "momenta")
    ]
    return pd.concat(parts, ignore_index=True)


def wide(figures: pd.DataFrame, column: str, form: str) -> str:
    """A Markdown table of one column, a row an error, start and momentum, a column a number of iterations."""
    marks = figures["chosen"].map({True: "*", False: ""})
    cells = [f"{mean:{form}} ± {se:{form}}" for mean, se in zip(figures[column], figures[f"{column}_se"], strict=True)]
    keys = ["error", "start", "momentum"]
    table = figures.assign(cell=cells + marks).pivot(index=keys, columns="iterations", values="cell")
    order = [(error, start, m) for error in ERRORS for start in STARTS for m in sorted(set(figures["momentum"]))]
    return table.loc[order].reset_index().to_markdown(index=False, disable_numparse=True)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one momentum and few iterations, to see that it runs")
    default = Path(__file__).with_suffix(".md")
    parser.add_argument("--output", type=Path, default=default, help="Markdown file (benchmarks/vocoder.md)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
