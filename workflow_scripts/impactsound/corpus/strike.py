"""The sound of a drumstick on a thing: the modes it sets ringing, the noise of the contact and the room's answer."""

import math
from dataclasses import dataclass, replace

import numpy as np
import scipy.fft
import torch

from impactsound.corpus.things import Thing
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.objects import MATERIALS, Material, decays

# A hickory stick, Young's modulus and Poisson's ratio as in Ashby 2011; the mass is what the tip feels.
STICK = Material(12e9, 800, 0.35, 1e-2, 12e9)
TIP_RADIUS = 6e-3  # m
TIP_MASS = 0.02  # kg

BANDS = (125, 250, 500, 1000, 2000, 4000, 8000)  # Hz between which noise is split
RESIDUAL = 0.6  # s that contact noise and room are heard
QUIET = 80.0  # dB below its onset at which a mode is no longer rendered
AT_ONCE = 16  # modes rendered together, sorted by how long they last


@dataclass(frozen=True)
class Strike:
    """Strikes of one thing: where (m from its centre, `[hit, 2]`) and how fast (m/s, `[hit]`)."""

    point: np.ndarray
    speed: np.ndarray


def contact_time(material: Material, speed: np.ndarray) -> np.ndarray:
    """Seconds that the tip stays on a thick piece of the material (Hertz; Johnson, Contact Mechanics, 1985, 11.4).

    T = 2.87 (m^2 / (R E*^2 v))^(1/5),  1/E* = (1 - nu_1^2)/E_1 + (1 - nu_2^2)/E_2
    """
    compliance = sum((1 - side.poisson**2) / side.contact for side in (STICK, material))
    return 2.87 * (TIP_MASS**2 * compliance**2 / (TIP_RADIUS * speed)) ** 0.2


def pulse_spectrum(frequency: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """Size of the spectrum of a half-sine push of that many seconds, 1 at 0 Hz."""
    cycles = frequency * duration
    near = np.abs(2 * cycles - 1) < 1e-6
    spectrum = np.abs(np.cos(np.pi * cycles)) / np.where(near, 1.0, np.abs(1 - 4 * cycles**2))
    return np.where(near, np.pi / 4, spectrum)


def ringing(thing: Thing, strike: Strike, limit: float, max_modes: int) -> Modes:
    """The modes that each strike sets ringing, the same ones for all, `[hit, mode]`.

    The surface's velocity is what radiates: speed x shape x spectrum of the push x sqrt(efficiency) over the
    body's mass. The phase is that of a push centred half a contact time after the onset.

    Args:
        limit: Hz below which modes count.
        max_modes: kept, the loudest.
    """
    body = thing.body
    frequency = body.frequencies(limit)
    duration = contact_time(body.material, strike.speed)[:, None]
    push = TIP_MASS * strike.speed[:, None] * pulse_spectrum(frequency, duration)
    amplitude = push * body.shapes(limit, strike.point) * np.sqrt(body.radiation(frequency)) / body.mass
    phase = -np.pi * frequency * duration + np.where(amplitude < 0, np.pi, 0)
    loudest = np.sort(np.argsort(-np.abs(amplitude).max(axis=0), kind="stable")[:max_modes])
    with np.errstate(divide="ignore"):
        power = 20 * np.log10(np.abs(amplitude))
    decay = decays(body, frequency, thing.loss, thing.kind.mount)
    values = (np.broadcast_to(frequency, power.shape), power, np.broadcast_to(decay, power.shape), phase)
    return Modes(*(torch.from_numpy(np.ascontiguousarray(value[:, loudest])) for value in values))


def ring(modes: Modes, n_samples: int, sample_rate: int) -> np.ndarray:
    """The sound of one strike's modes `[mode]`, each rendered until it is QUIET dB down, `[time]`."""
    sound = np.zeros(n_samples)
    order = torch.argsort(modes.decay, descending=True)
    for chosen in order.split(AT_ONCE):
        some = Modes(modes.frequency[chosen], modes.power[chosen], modes.decay[chosen], modes.phase[chosen])
        lasting = math.log(10) * QUIET / 20 / float(some.decay.min())
        length = min(n_samples, math.ceil(lasting * sample_rate))
        sound[:length] += render_modes(some, length, sample_rate).numpy()
    return sound


def residual(
    thing: Thing, level: float, speed: float, room: np.ndarray, sample_rate: int, rng: np.random.Generator
) -> np.ndarray:
    """The tip's noise on the surface and the room's answer: bands of noise that decay, `[time]`.

    Args:
        level: RMS amplitude of the modes at the onset.
        room: T60 of the bands, s, `[band]`.
    """
    n_samples = round(RESIDUAL * sample_rate)
    noise = banded_noise(n_samples, sample_rate, rng)
    centre = np.sqrt(np.array([BANDS[0] / 2, *BANDS]) * np.array([*BANDS, 2 * BANDS[-1]]))
    kind = thing.kind
    bright = pulse_spectrum(centre, 0.3 * contact_time(thing.body.material, np.asarray(speed)))
    grit = _gain(kind.grit + kind.grit_tilt * np.log2(centre / 1000))
    answer = _gain(kind.room) * pulse_spectrum(centre, contact_time(thing.body.material, np.asarray(speed)))
    time = np.arange(n_samples) / sample_rate
    short = np.exp(-math.log(1000) * time / kind.grit_t60)
    long = np.exp(-math.log(1000) * time / room[:, None])
    scrape = short * np.einsum("b,bt->t", grit * bright, noise)
    return level * (scrape + np.einsum("b,bt,bt->t", answer, long, noise))


def banded_noise(n_samples: int, sample_rate: int, rng: np.random.Generator) -> np.ndarray:
    """White noise with an RMS of 1 split at BANDS, `[band, time]`."""
    length = scipy.fft.next_fast_len(n_samples, real=True)
    spectrum = scipy.fft.rfft(rng.standard_normal(length, dtype=np.float32))
    band = np.searchsorted(BANDS, np.fft.rfftfreq(length, 1 / sample_rate))
    split = np.where(band == np.arange(len(BANDS) + 1)[:, None], spectrum, 0)
    return scipy.fft.irfft(split, n=length, axis=-1)[:, :n_samples]


def _gain(decibels: np.ndarray | float) -> np.ndarray:
    return 10 ** (np.asarray(decibels) / 20)
