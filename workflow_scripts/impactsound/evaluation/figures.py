"""Spectrograms, one as a small PNG or many on a sheet, and the geometry of loss curves.

A sound's level is in dB re the loudest place of its own spectrogram, cut at `FLOOR`; every picture has the
same colours for the same levels. The same sounds give the same bytes.
"""

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from impactsound.config import Clip

FLOOR = -80.0  # dB
STEPS = 128  # about so many columns a picture
BINS = 256  # at most about twice as many rows
COLOURS = "magma"
ROW, COLUMN = 1.5, 2.2  # inches of a spectrogram on a sheet
DPI = 144


def spectrogram(sound: np.ndarray, clip: Clip) -> np.ndarray:
    """The power of a sound's STFT in dB re its maximum, from `FLOOR` to 0; silence is `FLOOR`.

    Windows are those of the clip's STFT but lie closer, and the first is centred on the first sample. The
    bin at 0 Hz is left out and neighbouring bins are averaged where there are more than a picture needs.

    Shape:
        - Input: `[time]`
        - Output: `[bin, step]`, the lowest frequency first

    >>> spectrogram(np.zeros(11025), Clip()).shape
    (256, 129)
    """
    hop = max(1, len(sound) // STEPS)
    padded = np.pad(np.asarray(sound, dtype=np.float64), clip.n_fft // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, clip.n_fft)[::hop]
    power = np.abs(np.fft.rfft(windows * hann(clip.n_fft))).T[1:] ** 2
    pooled = max(1, len(power) // BINS)
    rows = len(power) // pooled
    power = power[: rows * pooled].reshape(rows, pooled, -1).mean(1)
    peak = power.max()
    if peak == 0:
        return np.full(power.shape, FLOOR)
    return 10 * np.log10(np.maximum(power / peak, 10 ** (FLOOR / 10)))


def hann(n: int) -> np.ndarray:
    """The periodic Hann window of n samples, `[n]`."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)


def picture(level: np.ndarray) -> bytes:
    """A spectrogram in dB, `[bin, step]`, as a PNG of a pixel a value, the highest bin on top."""
    shade = np.round((level[::-1] - FLOOR) / -FLOOR * 255).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(shade)
    image.putpalette(palette(256).tobytes())
    return _png(image)


def scale() -> bytes:
    """The colours from `FLOOR` to 0 dB, left to right, as a PNG of one row."""
    return _png(Image.fromarray(palette(256)[None]))


def palette(n: int) -> np.ndarray:
    """The colours of n levels from `FLOOR` to 0 dB, uint8 `[n, 3]`."""
    return matplotlib.colormaps[COLOURS](np.linspace(0, 1, n), bytes=True)[:, :3]


def sheet(rows: Sequence[tuple[str, Mapping[str, np.ndarray]]], clip: Clip, names: Mapping[str, str]) -> bytes:
    """A PNG of spectrograms: a row a clip, a column a system.

    Args:
        rows: of each clip its name and the sounds of every system, `[time]`; all have the same systems.
        names: what is written over a system's column; a system without one goes by its own name.
    """
    systems = list(rows[0][1])
    figure = Figure(figsize=(COLUMN * len(systems) + 1, ROW * len(rows) + 0.8), dpi=DPI, layout="constrained")
    axes = figure.subplots(len(rows), len(systems), sharex=True, sharey=True, squeeze=False)
    for row, (label, sounds) in zip(axes, rows, strict=True):
        for axis, system in zip(row, systems, strict=True):
            drawn = draw(axis, spectrogram(sounds[system], clip), clip)
        row[0].set_ylabel(f"{plain(label)}\nkHz")
    for axis, system in zip(axes[0], systems, strict=True):
        axis.set_title(plain(names.get(system, system)), fontsize="medium")
    for axis in axes[-1]:
        axis.set_xlabel("s")
    figure.colorbar(drawn, ax=axes, label="dB re peak", shrink=0.8, aspect=30, pad=0.01)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    drawing = Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
    return _png(drawing.quantize(palette=_sheet_palette(), dither=Image.Dither.NONE))


@dataclass(frozen=True)
class Curve:
    """The losses of a training, `[validation]` each; the weights of the least `loss` are kept."""

    stage: str
    step: np.ndarray
    train_loss: np.ndarray
    loss: np.ndarray

    @property
    def chosen(self) -> int:
        """Which validation had the least loss."""
        return int(np.nanargmin(self.loss))

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the largest loss."""
        both = np.concatenate([self.train_loss, self.loss])
        both = both[np.isfinite(both)]
        return float(both.min()), float(both.max())

    @property
    def logarithmic(self) -> bool:
        """Whether it is drawn on a logarithmic scale."""
        return self.limits[0] > 0

    def x(self, step: float) -> float:
        """Where a step is drawn, in percent of the width from the left."""
        return 100 * float(step) / float(self.step.max())

    def y(self, loss: float) -> float:
        """Where a loss is drawn, in percent of the height from the top."""
        scaled = math.log if self.logarithmic else float
        low, high = map(scaled, self.limits)
        return 100 * (high - scaled(loss)) / (high - low) if high > low else 50.0

    def line(self, losses: np.ndarray) -> str:
        """The points of an SVG polyline."""
        points = zip(self.step, losses, strict=True)
        return " ".join(f"{self.x(step):.2f},{self.y(loss):.2f}" for step, loss in points if np.isfinite(loss))


def draw(axis, level: np.ndarray, clip: Clip):
    """Draw a spectrogram in dB, `[bin, step]`, on matplotlib's axes, in s and kHz."""
    extent = (0, clip.duration, 0, clip.sample_rate / 2000)
    return axis.imshow(level, extent=extent, origin="lower", aspect="auto", cmap=COLOURS, vmin=FLOOR, vmax=0)


def _sheet_palette() -> Image.Image:
    """The colours of a sheet: those of the levels, and greys for what is written."""
    grey = np.linspace(0, 255, 32).round().astype(np.uint8)
    image = Image.new("P", (1, 1))
    image.putpalette(np.concatenate([palette(224), np.stack([grey] * 3, 1)]).tobytes())
    return image


def plain(text: str) -> str:
    """Text that matplotlib is not to read as a formula."""
    return text.replace("$", r"\$")


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
