"""The things struck in the simulated corpus: what is usual for a material, and one drawn from that."""

from dataclasses import dataclass

import numpy as np

from impactsound.physics.objects import MATERIALS, Bar, Body, Membrane, Plate

SLENDER = {"bar": 1 / 12, "plate": 1 / 20, "membrane": 1}  # thickness over size, at most
LOSS_SPREAD = 0.15  # standard deviation of the logarithm of the loss factor between pieces of a material


@dataclass(frozen=True)
class Kind:
    """What is usual for a material.

    shapes: bodies it comes in, size: range of the longest side or the diameter in m, thickness: range in m,
    mount: 1/s that holding it adds to every decay rate, grit: dB of the tip's scraping noise re the modes,
    grit_t60: s, grit_tilt: dB per octave re 1 kHz, room: dB of the room's answer re the modes.
    """

    shapes: tuple[str, ...]
    size: tuple[float, float]
    thickness: tuple[float, float]
    mount: float
    grit: float
    grit_t60: float
    grit_tilt: float
    room: float = -28.0


# Sizes are those of household things; mount, grit and room are chosen to sound plausible and distinct.
KINDS = {
    "glass": Kind(("plate",), (0.14, 0.30), (3e-3, 6e-3), 3, -32, 0.02, 3),
    "wood": Kind(("bar", "plate"), (0.15, 0.40), (8e-3, 25e-3), 10, -20, 0.04, -3),
    "ceramic": Kind(("plate", "bar"), (0.14, 0.28), (5e-3, 12e-3), 14, -24, 0.02, 1),
    "metal": Kind(("bar", "plate"), (0.15, 0.42), (2e-3, 6e-3), 0.8, -38, 0.02, 0),
    "cloth": Kind(("membrane",), (0.18, 0.36), (0.3e-3, 1e-3), 25, -12, 0.06, -4),
    "plastic": Kind(("plate", "bar"), (0.15, 0.36), (3e-3, 10e-3), 8, -22, 0.03, -2),
    "drywall": Kind(("plate",), (0.30, 0.40), (9.5e-3, 16e-3), 35, -14, 0.05, -1),
    "carpet": Kind(("plate",), (0.24, 0.40), (6e-3, 12e-3), 45, -10, 0.08, -6),
    "paper": Kind(("membrane",), (0.16, 0.34), (0.08e-3, 0.25e-3), 20, -12, 0.10, 2),
    "rock": Kind(("bar", "plate"), (0.15, 0.30), (10e-3, 25e-3), 25, -14, 0.03, 2),
}


@dataclass(frozen=True)
class Thing:
    """One object: its material's name, its body, and the loss factor of this piece."""

    material: str
    body: Body
    loss: float

    @property
    def kind(self) -> Kind:
        """What is usual for its material."""
        return KINDS[self.material]

    @property
    def shape(self) -> str:
        """bar, plate or membrane"""
        return type(self.body).__name__.lower()

    @property
    def extent(self) -> tuple[float, float]:
        """Its sides in m: along, across."""
        if isinstance(self.body, Membrane):
            return 2 * self.body.radius, 2 * self.body.radius
        return self.body.length, self.body.width


def draw_thing(material: str, rng: np.random.Generator) -> Thing:
    """A thing of the material, of a shape, a size and a thickness that are usual for it."""
    kind, constants = KINDS[material], MATERIALS[material]
    shape = kind.shapes[rng.integers(len(kind.shapes))]
    size = between(kind.size, rng)
    thickness = min(between(kind.thickness, rng), SLENDER[shape] * size)
    loss = constants.loss * np.exp(LOSS_SPREAD * rng.standard_normal())
    if shape == "membrane":
        body = Membrane(constants, size / 2, thickness)
    elif shape == "bar":
        body = Bar(constants, size, rng.uniform(0.02, 0.045), thickness)
    else:
        body = Plate(constants, size, size * rng.uniform(0.6, 0.95), thickness)
    return Thing(material, body, float(loss))


def draw_point(thing: Thing, rng: np.random.Generator) -> np.ndarray:
    """A point to strike, away from the edges, in m from the centre, `[2]`."""
    along, across = thing.extent
    if thing.shape == "bar":
        return np.array([rng.uniform(-0.47, 0.47) * along, 0.0])
    if thing.shape == "plate":
        return np.array([rng.uniform(-0.4, 0.4) * along, rng.uniform(-0.4, 0.4) * across])
    radius, angle = 0.42 * along * np.sqrt(rng.uniform()), rng.uniform(0, 2 * np.pi)
    return radius * np.array([np.cos(angle), np.sin(angle)])


def between(ends: tuple[float, float], rng: np.random.Generator) -> float:
    """A number drawn between two, evenly in its logarithm."""
    return float(np.exp(rng.uniform(*np.log(ends))))
