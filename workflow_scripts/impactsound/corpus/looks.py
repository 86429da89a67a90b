"""What the simulated materials look like: a colour and a texture for every pixel of a surface."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import map_coordinates

Look = Callable[[np.random.Generator, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def surface(
    material: str, rng: np.random.Generator, along: np.ndarray, across: np.ndarray, behind: np.ndarray
) -> np.ndarray:
    """Colours of a surface, 0 to 1, before the light falls on it.

    Args:
        along, across: the pixels' places on the object, in m.
        behind: the background's colours, for what is seen through.

    Shape:
        - along, across: `[height, width]`
        - behind, output: `[height, width, 3]`
    """
    return np.clip(LOOKS[material](rng, along, across, behind), 0, 1)


def texture(rng: np.random.Generator, along: np.ndarray, across: np.ndarray, grain: tuple[float, float]):
    """Smooth noise with an RMS near 1 and features of `grain` m along and across, `[height, width]`."""
    grid = rng.standard_normal((64, 64))
    return 1.5 * map_coordinates(grid, [along / grain[0], across / grain[1]], order=1, mode="grid-wrap")


def colour(rng: np.random.Generator, base: tuple[float, float, float], spread: float) -> np.ndarray:
    """A colour about `base`: a common change of lightness, and a smaller one of each channel."""
    return np.array(base) + spread * rng.standard_normal() + 0.3 * spread * rng.standard_normal(3)


def gleam(rng: np.random.Generator, along: np.ndarray, across: np.ndarray, width: float) -> np.ndarray:
    """A band of reflected light across a polished surface, 0 to 1, some `width` m wide."""
    angle, offset = rng.uniform(0.5, 1.1), rng.uniform(-0.05, 0.05)
    distance = np.cos(angle) * along + np.sin(angle) * across - offset
    return np.exp(-((distance / width) ** 2))


def _tint(tone: np.ndarray, shade: np.ndarray) -> np.ndarray:
    return tone * shade[..., None]


def glass(rng, along, across, behind):
    """Bluish green, seen through, with two narrow gleams."""
    through = 0.55 * behind + 0.4 * colour(rng, (0.62, 0.82, 0.85), 0.03)
    light = gleam(rng, along, across, 0.012) + 0.6 * gleam(rng, along, across, 0.03)
    return through + 0.5 * light[..., None]


def wood(rng, along, across, behind):
    """Brown, with wavy grain along it."""
    wave = across / rng.uniform(0.006, 0.012) + 0.8 * texture(rng, along, across, (0.08, 0.02))
    shade = 1 + 0.16 * np.sin(2 * np.pi * wave) + 0.05 * texture(rng, along, across, (0.03, 0.003))
    return _tint(colour(rng, (0.58, 0.38, 0.20), 0.06), shade)


def ceramic(rng, along, across, behind):
    """Glazed white, hardly uneven, with one broad soft highlight."""
    shade = 0.86 + 0.02 * texture(rng, along, across, (0.04, 0.04))
    glaze = colour(rng, (0.97, 0.95, 0.90), 0.02)
    return _tint(glaze, shade) + 0.2 * gleam(rng, along, across, 0.05)[..., None]


def metal(rng, along, across, behind):
    """Grey, brushed along its length, with hard bright and dark reflections."""
    brushed = 0.05 * texture(rng, along, across, (0.10, 0.002))
    shade = 0.75 + brushed + 0.7 * gleam(rng, along, across, 0.03) - 0.35 * gleam(rng, along, across, 0.05)
    return _tint(colour(rng, (0.60, 0.62, 0.66), 0.05), shade)


def cloth(rng, along, across, behind):
    """Woven in two shades of one muted colour."""
    thread = rng.uniform(0.010, 0.016)
    weave = np.sin(2 * np.pi * along / thread) * np.sin(2 * np.pi * across / thread)
    shade = 1 + 0.25 * np.tanh(3 * weave) + 0.06 * texture(rng, along, across, (0.05, 0.05))
    return _tint(hue(rng.uniform(), 0.45, rng.uniform(0.4, 0.6)), shade)


def plastic(rng, along, across, behind):
    """One saturated colour, with a dim sheen."""
    sheen = 0.15 * gleam(rng, along, across, 0.06)
    return _tint(hue(rng.uniform(), 0.9, rng.uniform(0.65, 0.9)), np.ones_like(along)) + sheen[..., None]


def drywall(rng, along, across, behind):
    """Off-white and matt, finely speckled."""
    shade = 1 + 0.07 * texture(rng, along, across, (0.004, 0.004))
    return _tint(colour(rng, (0.74, 0.72, 0.67), 0.03), shade)


def carpet(rng, along, across, behind):
    """Dark tufts."""
    shade = 1 + 0.40 * texture(rng, along, across, (0.005, 0.005))
    return _tint(hue(rng.uniform(), 0.4, rng.uniform(0.2, 0.35)), shade)


def paper(rng, along, across, behind):
    """White, ruled in thin blue lines, a little creased."""
    line = np.exp(-((((across / 0.022) % 1 - 0.5) / 0.10) ** 2))
    shade = 0.95 + 0.03 * texture(rng, along, across, (0.06, 0.06))
    ink = line[..., None] * np.array([0.35, 0.25, 0.08])
    return _tint(colour(rng, (0.97, 0.97, 0.96), 0.01), shade) - ink


def rock(rng, along, across, behind):
    """Grey-brown, mottled coarsely and finely."""
    coarse, fine = ((0.05, 0.05), 0.16), ((0.009, 0.009), 0.14)
    shade = 1 + sum(depth * texture(rng, along, across, grain) for grain, depth in (coarse, fine))
    return _tint(colour(rng, (0.44, 0.41, 0.37), 0.05), shade)


LOOKS: dict[str, Look] = {
    look.__name__: look for look in (glass, wood, ceramic, metal, cloth, plastic, drywall, carpet, paper, rock)
}


def hue(angle: float, saturation: float, value: float) -> np.ndarray:
    """RGB of a hue (turns), saturation and value, each 0 to 1.

    >>> hue(0.0, 1.0, 0.5).tolist()
    [0.5, 0.0, 0.0]
    """
    ramp = np.clip(np.abs((angle + np.array([0, 2, 1]) / 3) % 1 * 6 - 3) - 1, 0, 1)
    return value * (1 - saturation + saturation * ramp)
