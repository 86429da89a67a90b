"""Spectrograms, as a small PNG of their own or in a figure.

A sound's level is in dB re the loudest place of its own spectrogram, cut at `FLOOR`; every picture has the
same colours for the same levels. The same sounds give the same bytes.
"""

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from PIL import Image

from impactsound.config import Clip
from impactsound.evaluation.pictures import png_of

FLOOR = -80.0  # dB
STEPS = 128  # about so many columns a picture
BINS = 256  # at most about twice as many rows
COLOURS = "magma"
LEVELS = 64  # colours of a spectrogram in a figure; more of them would make its file larger


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
    return png_of(image)


def scale() -> bytes:
    """The colours from `FLOOR` to 0 dB, left to right, as a PNG of one row."""
    return png_of(Image.fromarray(palette(256)[None]))


def palette(n: int) -> np.ndarray:
    """The colours of n levels from `FLOOR` to 0 dB, uint8 `[n, 3]`."""
    return matplotlib.colormaps[COLOURS](np.linspace(0, 1, n), bytes=True)[:, :3]


def draw(axis: Axes, sound: np.ndarray, clip: Clip) -> AxesImage:
    """Draw the spectrogram of a sound, `[time]`, in s and kHz."""
    extent = (0, clip.duration, 0, clip.sample_rate / 2000)
    colours = matplotlib.colormaps[COLOURS].resampled(LEVELS)
    style = {"origin": "lower", "aspect": "auto", "cmap": colours, "vmin": FLOOR, "vmax": 0}
    return axis.imshow(spectrogram(sound, clip), extent=extent, interpolation_stage="data", **style)
