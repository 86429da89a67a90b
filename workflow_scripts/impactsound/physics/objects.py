"""Bodies that ring when struck: what they are made of, their modes, and how fast these die away.

Bending theory of thin bars and plates, and membranes, after Fletcher and Rossing, The Physics of Musical
Instruments (1998). Mode shapes have a mean square of 1 over the body, so that a unit impulse sets every mode
moving with its shape at the striking point over the body's mass.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import jn_zeros, jv

AIR_DENSITY = 1.204  # kg/m3, at 20 degrees C
SOUND_SPEED = 343.0  # m/s in air


@dataclass(frozen=True)
class Material:
    """Elastic constants of a material.

    young: Pa, density: kg/m3, poisson: 1, loss: loss factor (1 / Q of a mode damped by the material alone),
    contact: Pa, the modulus that the striking tip meets, through the thickness, stress: Pa, the tension
    under which a sheet too thin to stand by itself is stretched.
    """

    young: float
    density: float
    poisson: float
    loss: float
    contact: float
    stress: float = 0.0


# Young's modulus, density and Poisson's ratio are within the ranges of Ashby, Materials Selection in
# Mechanical Design (2011): soda-lime glass, oak along the grain, stoneware, low-carbon steel,
# acrylic, granite. Loss factors are of the order given by Cremer, Heckl and Petersson, Structure-Borne
# Sound (2005), and Hopkins, Sound Insulation (2007), at the lossy end, as things carry finish and wear.
# Plasterboard is all Hopkins'. Paper follows Alava and Niskanen, The physics of paper, Rep. Prog. Phys. 69
# (2006). Cloth and carpet have no one value: theirs are orders of magnitude, as are moduli through the
# thickness of soft things; the tensions are chosen.
MATERIALS = {
    "glass": Material(70e9, 2500, 0.22, 1.5e-3, 70e9),
    "wood": Material(12e9, 700, 0.35, 2e-2, 1.5e9),
    "ceramic": Material(65e9, 2400, 0.23, 1e-2, 65e9),
    "metal": Material(205e9, 7850, 0.29, 3e-4, 205e9),
    "cloth": Material(0.2e9, 500, 0.30, 0.15, 20e6, stress=0.5e6),
    "plastic": Material(3.0e9, 1190, 0.37, 4e-2, 3.0e9),
    "drywall": Material(1.7e9, 860, 0.30, 1.4e-2, 0.3e9),
    "carpet": Material(0.1e9, 500, 0.30, 0.30, 3e6),
    "paper": Material(4e9, 800, 0.20, 4e-2, 0.6e9, stress=1.6e6),
    "rock": Material(50e9, 2650, 0.25, 2e-2, 50e9),
}


@dataclass(frozen=True)
class Slab:
    """A rectangular piece of a material. Dimensions in m."""

    material: Material
    length: float
    width: float
    thickness: float

    @property
    def mass(self) -> float:
        """kg"""
        return self.material.density * self.length * self.width * self.thickness


class Bar(Slab):
    """A free bar that bends along its length."""

    def frequencies(self, limit: float) -> np.ndarray:
        """Hz of the modes below `limit` Hz, rising, `[mode]`.

        f_k = (x_k / L)^2 h / (2 pi sqrt(12)) sqrt(E / rho), with cosh(x_k) cos(x_k) = 1.

        >>> ratios = Bar(MATERIALS["metal"], 0.3, 0.03, 0.005).frequencies(3000)
        >>> (ratios / ratios[0]).round(3).tolist()
        [1.0, 2.757, 5.404, 8.933]
        """
        speed = np.sqrt(self.material.young / self.material.density)
        scale = self.thickness * speed / (2 * np.pi * np.sqrt(12) * self.length**2)
        count = int(np.sqrt(limit / scale) / np.pi) + 1
        frequency = scale * free_roots(count) ** 2
        return frequency[frequency < limit]

    def shapes(self, limit: float, point: np.ndarray) -> np.ndarray:
        """Deflection, `[..., mode]`, at points `[..., 2]` in m from the centre along (length, width)."""
        root = free_roots(len(self.frequencies(limit)))
        place = point[..., :1] / self.length + 0.5
        # cosh and sinh as falling exponentials from either end, lest they overflow
        far = np.exp(-root)
        near_end = (np.cos(root) - np.sin(root) - far) / (1 - far**2 - 2 * far * np.sin(root))
        ratio = 1 - 2 * far * near_end
        return (
            np.cos(root * place)
            - ratio * np.sin(root * place)
            + near_end * np.exp(root * (place - 1))
            + (1 + ratio) / 2 * np.exp(-root * place)
        )

    def radiation(self, frequency: np.ndarray) -> np.ndarray:
        """Radiation efficiency, 0 to 1: poor while the width is small against the wavelength in air."""
        return _efficiency((np.pi * frequency * self.width / SOUND_SPEED) ** 2)


class Plate(Slab):
    """A rectangular plate, simply supported at its edges."""

    @property
    def bending_speed(self) -> float:
        """sqrt(D / (rho h)) in m2/s, D being the bending stiffness E h^3 / (12 (1 - nu^2))."""
        stiffness = self.material.young * self.thickness**2 / (12 * (1 - self.material.poisson**2))
        return float(np.sqrt(stiffness / self.material.density))

    def _indices(self, limit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        scale = np.pi / 2 * self.bending_speed
        along, across = (int(side * np.sqrt(limit / scale)) + 1 for side in (self.length, self.width))
        m, n = np.meshgrid(np.arange(1, along + 1), np.arange(1, across + 1), indexing="ij")
        frequency = scale * ((m / self.length) ** 2 + (n / self.width) ** 2)
        kept = frequency < limit
        order = np.argsort(frequency[kept], kind="stable")
        return frequency[kept][order], m[kept][order], n[kept][order]

    def frequencies(self, limit: float) -> np.ndarray:
        """Hz of the modes below `limit` Hz, rising, `[mode]`.

        f_mn = pi/2 sqrt(D / (rho h)) ((m / a)^2 + (n / b)^2)
        """
        return self._indices(limit)[0]

    def shapes(self, limit: float, point: np.ndarray) -> np.ndarray:
        """Deflection, `[..., mode]`, at points `[..., 2]` in m from the centre along (length, width)."""
        _, m, n = self._indices(limit)
        along, across = point[..., :1] / self.length + 0.5, point[..., 1:] / self.width + 0.5
        return 2 * np.sin(m * np.pi * along) * np.sin(n * np.pi * across)

    def radiation(self, frequency: np.ndarray) -> np.ndarray:
        """Radiation efficiency, 0 to 1: poor below coincidence, where bending waves outrun sound in air."""
        coincidence = SOUND_SPEED**2 / (2 * np.pi * self.bending_speed)
        return _efficiency(frequency / coincidence)


@dataclass(frozen=True)
class Membrane:
    """A sheet stretched over a round hoop. Dimensions in m."""

    material: Material
    radius: float
    thickness: float

    @property
    def mass(self) -> float:
        """kg"""
        return self.material.density * np.pi * self.radius**2 * self.thickness

    @property
    def wave_speed(self) -> float:
        """m/s of waves in the sheet."""
        return float(np.sqrt(self.material.stress / self.material.density))

    def _indices(self, limit: float) -> tuple[np.ndarray, np.ndarray]:
        """Bessel zeros j_mn and orders m of the modes, by rising zero."""
        top = 2 * np.pi * self.radius * limit / self.wave_speed
        zeros, orders = bessel_zeros(2 ** max(0, math.ceil(math.log2(top))))
        count = np.searchsorted(zeros, top)
        return zeros[:count], orders[:count]

    def frequencies(self, limit: float) -> np.ndarray:
        """Hz of the modes below `limit` Hz, rising, `[mode]`: f_mn = j_mn c / (2 pi R).

        Of each pair with m > 0 only the one that the strike excites is counted.
        """
        return self._indices(limit)[0] * self.wave_speed / (2 * np.pi * self.radius)

    def shapes(self, limit: float, point: np.ndarray) -> np.ndarray:
        """Deflection, `[..., mode]`, at points `[..., 2]` in m from the centre."""
        zeros, orders = self._indices(limit)
        size = np.abs(jv(orders + 1, zeros)) * np.where(orders > 0, np.sqrt(0.5), 1.0)
        return jv(orders, zeros * np.hypot(point[..., :1], point[..., 1:]) / self.radius) / size

    def radiation(self, frequency: np.ndarray) -> np.ndarray:
        """Radiation efficiency, 0 to 1: poor, as the sheet's waves are slower than sound in air."""
        return _efficiency(np.full_like(frequency, (self.wave_speed / SOUND_SPEED) ** 2))


Body = Bar | Plate | Membrane


def decays(body: Body, frequency: np.ndarray, loss: float, mount: float) -> np.ndarray:
    """Decay rates in 1/s: the material's loss, what the mounting takes, and what both faces radiate.

    lambda = pi f eta + mount + rho_air c_air sigma / (rho h)

    Args:
        frequency: Hz, `[mode]`.
        loss: loss factor of this piece of the material.
        mount: 1/s.
    """
    surface_density = body.material.density * body.thickness
    radiated = AIR_DENSITY * SOUND_SPEED * body.radiation(frequency) / surface_density
    return np.pi * frequency * loss + mount + radiated


def free_roots(count: int) -> np.ndarray:
    """The first positive roots of cosh(x) cos(x) = 1.

    >>> free_roots(3).round(4).tolist()
    [4.73, 7.8532, 10.9956]
    """
    order = np.arange(1, count + 1)
    start = (order + 0.5) * np.pi
    root = start
    for _ in range(20):
        root = start - (-1.0) ** order * np.arcsin(2 * np.exp(-root) / (1 + np.exp(-2 * root)))
    return root


@cache
def bessel_zeros(top: int) -> tuple[np.ndarray, np.ndarray]:
    """All positive zeros below `top` of the Bessel functions J_m, rising, and their orders m.

    >>> zeros, orders = bessel_zeros(6)
    >>> zeros.round(3).tolist(), orders.tolist()
    ([2.405, 3.832, 5.136, 5.52], [0, 1, 2, 0])
    """
    zeros, orders = [], []
    for order in range(top):
        # J_m has about (sqrt(top^2 - m^2) - m arccos(m / top)) / pi zeros below `top` (Debye)
        count = (math.sqrt(top**2 - order**2) - order * math.acos(order / top)) / math.pi
        found = jn_zeros(order, math.ceil(count) + 1)
        zeros.append(found[found < top])
        orders.append(np.full(len(zeros[-1]), order))
    zeros, orders = np.concatenate(zeros), np.concatenate(orders)
    rising = np.argsort(zeros, kind="stable")
    return zeros[rising], orders[rising]


def _efficiency(ratio: np.ndarray) -> np.ndarray:
    """A smooth passage from `ratio`, where that is small, to 1; the simplest shape with the right ends."""
    return ratio / (1 + ratio)
