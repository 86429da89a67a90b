"""Pictures of a clip's modes: where they lie in its spectrogram, and whether the sound falls as they say.

A mode is a horizontal line, from the onset for as long as it is less than `RANGE` dB under the loudest. The level of
the sound in a narrow band around a mode is that of its product with a Hann window of `WINDOW` s and a complex tone
of the mode's frequency; a mode is seen through the same window, which lifts its straight line a little where it falls
fast. The same sounds and modes give the same bytes.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from impactsound.config import Clip
from impactsound.evaluation.figures import draw, hann
from impactsound.evaluation.pictures import plain
from impactsound.physics.modes import Modes

RANGE = 60.0  # dB under the loudest mode
FAINTEST = 0.2  # opacity of a mode that is RANGE dB under the loudest, which has 1
WINDOW = 0.02  # s; the band is about its inverse wide, in Hz
STEP = 0.0025  # s between two windows
FALLS = 4  # modes of which the decay is shown
LOWEST = -80.0  # dB re full scale: decays are drawn down to here
DECIBELS = 20 / math.log(10)  # dB that a decay of 1/s takes in a second
LINE = (0.35, 1.0, 1.0)  # red, green and blue of a mode; no level of a spectrogram has it
SHADES = ("#1f6f8b", "#a8371f", "#7a5195", "#8a6d00")  # of the decays


@dataclass(frozen=True)
class Fall:
    """A mode, and the level of the sound around it.

    frequency: Hz; t60: s. time: s into the clip and measured: dB re full scale there, `[step]`. line: the mode itself
    from the onset until it is at `LOWEST` or the clip ends, as two points of s and dB, `[2, 2]`.
    """

    frequency: float
    t60: float
    time: np.ndarray
    measured: np.ndarray
    line: np.ndarray


@dataclass(frozen=True)
class Ringing:
    """The modes of a clip that are less than `RANGE` dB under its loudest, which is the first.

    onset: s into the clip. frequency: Hz; level: dB re the loudest; end: s into the clip; each `[mode]`.
    falls: of the modes that have most energy in the clip.
    """

    onset: float
    frequency: np.ndarray
    level: np.ndarray
    end: np.ndarray
    falls: Sequence[Fall]

    @property
    def opacity(self) -> np.ndarray:
        """How opaque each mode is drawn, `[mode]`."""
        return 1 + (1 - FAINTEST) * self.level / RANGE


def ringing(sound: Tensor, modes: Modes, onset: Tensor, clip: Clip) -> list[Ringing]:
    """The modes of clips as they are drawn.

    Shape:
        - Input: `[clip, time]`, `[clip, mode]`, `[clip]` (s)
    """
    modes, onset = Modes(*(field.double() for field in _fields(modes))), onset.double()
    level = modes.power - modes.power.amax(-1, keepdim=True)
    end = onset[:, None] + (level + RANGE) / (DECIBELS * modes.decay.clamp_min(1e-6))
    order = modes.power.argsort(dim=-1, descending=True, stable=True)
    fields = (modes.frequency, level, end.clamp_max(clip.duration))
    sorted_fields = [field.gather(-1, order).numpy() for field in fields]
    shown = sorted_fields[1] > -RANGE  # nowhere in a clip without modes, whose levels are not numbers
    falls = _falls(sound.double(), modes, onset, clip)
    return [
        Ringing(float(start), *(field[row][shown[row]] for field in sorted_fields), falls[row])
        for row, start in enumerate(onset)
    ]


def strongest(modes: Modes, lasting: Tensor) -> Tensor:
    """The modes with most energy within `lasting` s, `[clip]`, that lie in no stronger one's band, `[clip, fall]`.

    Where there are fewer than `FALLS` the rest is -1.
    """
    decay = modes.decay.clamp_min(1e-6)
    energy = modes.amplitude.square() * -torch.expm1(-2 * decay * lasting[:, None]) / decay
    near = (modes.frequency[:, :, None] - modes.frequency[:, None]).abs() < 1 / WINDOW
    free = (energy > 0) & ~(near & (energy[:, :, None] < energy[:, None])).any(-1)
    best = torch.where(free, energy, 0.0).topk(min(FALLS, energy.shape[-1]), dim=-1)
    return torch.where(best.values > 0, best.indices, -1)


def band_level(sound: Tensor, frequency: Tensor, clip: Clip) -> tuple[Tensor, Tensor]:
    """The level of sounds in a narrow band around each frequency: times in s, `[step]`, and dB, `[clip, band, step]`.

    A tone of amplitude 1 in the middle of the band has 0 dB.

    Shape:
        - Input: `[clip, time]`, `[clip, band]` (Hz)
    """
    window, within = _window(clip)
    tone = torch.polar(window.expand(*frequency.shape, -1), -2 * math.pi * frequency[..., None] * within)
    windows = sound.unfold(-1, len(window), max(1, round(STEP * clip.sample_rate)))
    level = _decibels(2 * torch.einsum("csw,cmw->cms", windows.to(tone.dtype), tone).abs())
    first = torch.arange(windows.shape[1]) * max(1, round(STEP * clip.sample_rate))
    return first / clip.sample_rate - within[0], level


def lift(decay: Tensor, clip: Clip) -> Tensor:
    """dB by which a mode of a decay stands higher when it is seen through the window of `band_level`, `[...]`."""
    window, within = _window(clip)
    return _decibels((window * torch.exp(-decay[..., None] * within)).sum(-1))


def points(time: np.ndarray, level: np.ndarray, clip: Clip) -> str:
    """The points of an SVG polyline, in percent of a picture of 0 dB to `LOWEST` over the clip."""
    places = zip(100 * time / clip.duration, 100 * level / LOWEST, strict=True)
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in places)


def sheet(rows: Sequence[tuple[str, np.ndarray, Ringing]], clip: Clip) -> Figure:
    """A row a clip, of its name, its sound `[time]` and its modes, over the spectrogram and falling."""
    figure = Figure(figsize=(10, 2.6 * len(rows) + 0.6), layout="constrained")
    axes = figure.subplots(len(rows), 2, squeeze=False, width_ratios=(1.1, 1))
    for (left, right), (name, sound, modes) in zip(axes, rows, strict=True):
        drawn = _draw_modes(left, sound, modes, clip)
        left.set_ylabel(f"{plain(name)}\nkHz")
        _draw_falls(right, modes, clip)
    axes[0][0].set_title("Modes over the spectrogram", fontsize="medium")
    axes[0][1].set_title("Level around a mode (solid) and the mode (dashed)", fontsize="medium")
    for axis in axes[-1]:
        axis.set_xlabel("s")
    figure.colorbar(drawn, ax=axes[:, 0], label="dB re peak", location="bottom", aspect=40, pad=0.01)
    return figure


def _falls(sound: Tensor, modes: Modes, onset: Tensor, clip: Clip) -> list[list[Fall]]:
    chosen = strongest(modes, clip.duration - onset)
    frequency, power, decay, _ = (field.gather(-1, chosen.clamp_min(0)) for field in _fields(modes))
    time, measured = band_level(sound, frequency, clip)
    start = power + lift(decay, clip)
    slope = DECIBELS * decay.clamp_min(1e-6)
    lasting = torch.minimum((start - LOWEST).clamp_min(0) / slope, clip.duration - onset[:, None])
    ends = torch.stack([onset[:, None].expand_as(start), start, onset[:, None] + lasting, start - slope * lasting], -1)
    whole = (time - WINDOW / 2 > onset[:, None] - 1 / clip.sample_rate).numpy()  # windows that begin after the onset
    t60 = math.log(1000) / decay
    return [
        [
            Fall(
                frequency=float(frequency[row, fall]),
                t60=float(t60[row, fall]),
                time=time.numpy()[whole[row]],
                measured=measured[row, fall].numpy()[whole[row]],
                line=ends[row, fall].reshape(2, 2).numpy(),
            )
            for fall in range(chosen.shape[-1])
            if chosen[row, fall] >= 0
        ]
        for row in range(len(chosen))
    ]


def _draw_modes(axis, sound: np.ndarray, modes: Ringing, clip: Clip):
    drawn = draw(axis, sound, clip)
    colours = [(*LINE, opacity) for opacity in modes.opacity]
    axis.hlines(modes.frequency / 1000, modes.onset, modes.end, colors=colours, linewidth=1)
    axis.set(xlim=(0, clip.duration), ylim=(0, clip.sample_rate / 2000))
    return drawn


def _draw_falls(axis, modes: Ringing, clip: Clip) -> None:
    for fall, shade in zip(modes.falls, SHADES, strict=False):
        label = f"{fall.frequency:.0f} Hz, T60 {1000 * fall.t60:.0f} ms"
        axis.plot(fall.time, fall.measured, color=shade, linewidth=1.3, label=label)
        axis.plot(*fall.line.T, color=shade, linewidth=1.3, linestyle="--")
    axis.set(xlim=(0, clip.duration), ylim=(LOWEST, 0), ylabel="dB")
    axis.grid(alpha=0.3)
    if modes.falls:
        axis.legend(fontsize="x-small", loc="best")


def _window(clip: Clip) -> tuple[Tensor, Tensor]:
    """The window, of sum 1, and its samples' times from its middle in s, `[sample]` each."""
    width = min(round(WINDOW * clip.sample_rate), clip.n_samples)
    window = torch.from_numpy(hann(width + 1)[1:])
    return window / window.sum(), (torch.arange(width, dtype=torch.float64) - (width - 1) / 2) / clip.sample_rate


def _decibels(size: Tensor) -> Tensor:
    return 20 * size.clamp_min(1e-10).log10()


def _fields(modes: Modes) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    return modes.frequency, modes.power, modes.decay, modes.phase
