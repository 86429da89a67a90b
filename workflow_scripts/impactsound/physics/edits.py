"""Edits of a sound by what its object is: each takes modes and gives new ones, to be rendered again.

Frequencies and decays are the object's alone, powers and phases also the blow's: an edit of the object moves the first
two and leaves the others. A decay is the sum

    lambda = pi f eta + rest

of what the material takes, eta being its loss factor (Cremer, Heckl and Petersson, Structure-Borne Sound, 2005), and of
what the mounting and radiation take, as in `impactsound.physics.objects.decays`.

All edits work on `[..., mode]`, are differentiable in the fields, and leave unused slots unused.
"""

import math
from dataclasses import replace

import torch

from impactsound.physics.modes import Modes
from impactsound.physics.objects import Material


def scale_size(modes: Modes, factor: float) -> Modes:
    """An object of the same shape and material, `factor` times as large in each dimension.

    f' = f / factor, lambda' = lambda / factor

    E / rho is a speed squared, so times go as lengths: the sound is that of the original slowed down by the factor,
    x'(t) = x(t / factor). Decays follow where the loss factor does not depend on frequency, as pi f eta, and in
    radiation, rho_air c sigma / (rho h), as the efficiency sigma depends on size over wavelength (Fletcher and
    Rossing, The Physics of Musical Instruments, 1998). The mounting's loss, which has no such law, is assumed to go
    with them. The power stays, as if a larger object were struck so much harder.

    Args:
        factor: more than 0. Modes that it brings to half the sample rate or above are silent when rendered.

    Shape:
        - Input: `[..., mode]` each
        - Output: `[..., mode]` each

    Example:
        >>> bell = Modes(*(torch.tensor([value]) for value in (440.0, -6.0, 8.0, 0.0)))
        >>> [field.item() for field in (scale_size(bell, 2).frequency, scale_size(bell, 2).decay)]
        [220.0, 4.0]
    """
    _require_positive("factor of size", factor)
    return replace(modes, frequency=modes.frequency / factor, decay=modes.decay / factor)


def scale_damping(modes: Modes, factor: float) -> Modes:
    """The object `factor` times as damped: lambda' = factor lambda, so that every T60 is T60 / factor.

    Frequencies stay: damping lowers them by about (lambda / (2 pi f))^2 / 2 of themselves, which is left out.

    Args:
        factor: more than 0; more than 1 is duller.

    Shape:
        - Input: `[..., mode]` each
        - Output: `[..., mode]` each

    Example:
        >>> bell = Modes(*(torch.tensor([value]) for value in (440.0, -6.0, 8.0, 0.0)))
        >>> scale_damping(bell, 4).decay.item()
        32.0
    """
    _require_positive("factor of damping", factor)
    return replace(modes, decay=modes.decay * factor)


def shift_power(modes: Modes, decibels: float, low: float, high: float) -> Modes:
    """The modes with low <= f < high louder by `decibels` (quieter where negative).

    Args:
        decibels: dB, finite.
        low: Hz.
        high: Hz, not below low; math.inf for no upper end.

    Shape:
        - Input: `[..., mode]` each
        - Output: `[..., mode]` each

    Example:
        >>> modes = Modes(torch.tensor([100.0, 900.0]), torch.tensor([-6.0, -6.0]), torch.ones(2), torch.zeros(2))
        >>> shift_power(modes, -10, 500, 1000).power.tolist()
        [-6.0, -16.0]
    """
    _require_finite("decibels", decibels)
    if not low <= high:
        raise ValueError(f"a band goes up from low to high, got {low} to {high} Hz")
    inside = (modes.frequency >= low) & (modes.frequency < high)
    return replace(modes, power=torch.where(inside, modes.power + decibels, modes.power))


def shift_lowest(modes: Modes, n: int, decibels: float, decay_factor: float) -> Modes:
    """The n modes lowest in frequency of each clip louder by `decibels`, and their decays times `decay_factor`.

    Su et al. 2023 (arXiv 2303.16897) so lower the power and decay of the 200 lowest.

    Args:
        n: 0 or more; all modes where a clip has fewer. Unused slots do not count.
        decibels: dB, finite.
        decay_factor: more than 0.

    Shape:
        - Input: `[..., mode]` each
        - Output: `[..., mode]` each

    Example:
        >>> modes = Modes(torch.tensor([900.0, 100.0]), torch.tensor([-6.0, -6.0]), torch.ones(2), torch.zeros(2))
        >>> lower = shift_lowest(modes, 1, -10, 0.5)
        >>> lower.power.tolist(), lower.decay.tolist()
        ([-6.0, -16.0], [1.0, 0.5])
    """
    if n < 0:
        raise ValueError(f"the number of lowest modes is 0 or more, got {n}")
    _require_finite("decibels", decibels)
    _require_positive("factor of decay", decay_factor)
    height = torch.where(modes.power > -math.inf, modes.frequency, math.inf)
    rank = height.argsort(dim=-1, stable=True).argsort(dim=-1)
    power = torch.where(rank < n, modes.power + decibels, modes.power)
    return replace(modes, power=power, decay=torch.where(rank < n, modes.decay * decay_factor, modes.decay))


def tilt(modes: Modes, decibels_per_octave: float, about: float) -> Modes:
    """Brighter, or darker where negative: power' = power + decibels_per_octave log2(f / about).

    A mode at 0 Hz, which no octave reaches, stays as it is.

    Args:
        decibels_per_octave: dB, finite.
        about: Hz, more than 0, where the power stays.

    Shape:
        - Input: `[..., mode]` each
        - Output: `[..., mode]` each

    Example:
        >>> modes = Modes(torch.tensor([100.0, 400.0]), torch.tensor([-6.0, -6.0]), torch.ones(2), torch.zeros(2))
        >>> tilt(modes, 3, about=100).power.tolist()
        [-6.0, 0.0]
    """
    _require_finite("decibels per octave", decibels_per_octave)
    _require_positive("frequency to tilt about", about)
    pitched = modes.frequency > 0
    octaves = torch.log2(torch.where(pitched, modes.frequency, about) / about)  # 0, with no gradient, at 0 Hz
    return replace(modes, power=modes.power + decibels_per_octave * octaves)


def change_material(modes: Modes, source: Material, target: Material) -> Modes:
    """The same object made of `target` instead of `source`.

    f' = f sqrt((E' / rho') / (E / rho)),   lambda' = lambda - pi f eta + pi f' eta'

    with E in Pa, rho in kg/m3 and the loss factors eta without unit. What the mounting and radiation take, lambda -
    pi f eta, stays. A mode that decays more slowly than `source` would by itself has decayed by the material alone:
    lambda' = lambda (f' eta') / (f eta), so that no decay turns negative, and a change there and back is none.

    It holds for bodies that spring back by their own stiffness (bars, plates, shells), not for stretched sheets, whose
    pitch is their tension's. Left out are Poisson's ratio, by which a plate's frequencies differ by a further
    sqrt((1 - nu^2) / (1 - nu'^2)), a few percent (a bar's do not); that radiation changes with rho and f; that loss
    factors change with frequency; and that a blow differs on another material: power and phase stay.

    Raises:
        ValueError: a material without stiffness, density or loss.

    Shape:
        - Input: `[..., mode]` each
        - Output: `[..., mode]` each

    Example:
        >>> from impactsound.physics.objects import MATERIALS
        >>> clink = Modes(*(torch.tensor([value]) for value in (1000.0, -6.0, 10.0, 0.0)))
        >>> thud = change_material(clink, MATERIALS["glass"], MATERIALS["plastic"])
        >>> [round(field.item(), 1) for field in (thud.frequency, thud.decay)]
        [300.1, 43.0]
    """
    for material in (source, target):
        _require_positive("Young's modulus", material.young)
        _require_positive("density", material.density)
        _require_positive("loss factor", material.loss)
    ratio = math.sqrt((target.young / target.density) / (source.young / source.density))
    lost = torch.minimum(modes.decay, math.pi * source.loss * modes.frequency)
    decay = modes.decay + lost * (ratio * target.loss / source.loss - 1)
    return replace(modes, frequency=modes.frequency * ratio, decay=decay)


def _require_positive(what: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"the {what} is finite and more than 0, got {value}")


def _require_finite(what: str, value: float) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{what} are finite, got {value}")
