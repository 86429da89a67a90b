"""The sound of a drumstick on a thing: the modes it sets ringing, its own noise and the room's answer."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.fft
import torch

from impactsound.corpus.things import Thing
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.objects import Material, decays

# A hickory stick, Young's modulus and Poisson's ratio as in Ashby 2011; the mass is what the tip feels.
STICK = Material(12e9, 800, 0.35, 1e-2, 12e9)
TIP_RADIUS = 6e-3  # m
TIP_MASS = 0.02  # kg

BANDS = 125.0 * 2.0 ** np.arange(8)  # Hz, centres of the bands into which noise is split
RESIDUAL = 0.6  # s that contact noise and room are heard
PUSHED = 4.0  # times 1 / contact time: modes above are left out, as the push hardly moves them (-36 dB)
SILENT = 1e-6  # of a strike's loudest mode: those at or below are struck at a node
QUIET = 80.0  # dB below its onset at which a mode is no longer rendered
AT_ONCE = 16  # modes rendered together, sorted by how long they last


@dataclass(frozen=True)
class Strike:
    """Strikes of one thing: where (m from its centre, `[hit, 2]`) and how fast (m/s, `[hit]`)."""

    point: np.ndarray
    speed: np.ndarray


def contact_time(material: Material, speed: np.ndarray) -> np.ndarray:
    """Seconds that the tip stays on a thick piece of the material, `[hit]`, at speeds `[hit]` in m/s.

    Hertz's law of impact (Johnson, Contact Mechanics, 1985):

    T = 2.87 (m^2 / (R E*^2 v))^(1/5),  1/E* = (1 - nu_1^2)/E_1 + (1 - nu_2^2)/E_2
    """
    compliance = sum((1 - side.poisson**2) / side.contact for side in (STICK, material))
    return 2.87 * (TIP_MASS**2 * compliance**2 / (TIP_RADIUS * speed)) ** 0.2


def pulse_spectrum(frequency: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """Spectrum of a half-sine push of that many seconds about time 0: real, 1 at 0 Hz."""
    cycles = frequency * duration
    near = np.abs(2 * cycles - 1) < 1e-6
    return np.where(near, np.pi / 4, np.cos(np.pi * cycles) / np.where(near, 1.0, 1 - 4 * cycles**2))


def ringing(thing: Thing, strike: Strike, limit: float, max_modes: int) -> Modes:
    """The modes that each strike sets ringing, a slot for the same mode at every hit, `[hit, mode]`.

    The surface's velocity is what radiates: speed x shape x spectrum of the push x sqrt(efficiency) over the
    body's mass. The phase is that of a push centred half a contact time after the onset.

    Args:
        limit: Hz below which modes count.
        max_modes: kept, the loudest.
    """
    body = thing.body
    limit = min(limit, PUSHED / float(contact_time(body.material, strike.speed).min()))
    frequency = body.frequencies(limit)
    duration = contact_time(body.material, strike.speed)[:, None]
    push = TIP_MASS * strike.speed[:, None] * pulse_spectrum(frequency, duration)
    amplitude = push * body.shapes(limit, strike.point) * np.sqrt(body.radiation(frequency)) / body.mass
    phase = np.remainder(np.where(amplitude < 0, np.pi, 0) - np.pi * frequency * duration, 2 * np.pi)
    loudest = np.sort(np.argsort(-np.abs(amplitude).max(axis=0), kind="stable")[:max_modes])
    size = np.abs(amplitude)
    silent = size <= SILENT * size.max(axis=1, keepdims=True)
    power = np.where(silent, -np.inf, 20 * np.log10(np.where(silent, 1, size)))
    decay = decays(body, frequency, thing.loss, thing.kind.mount)
    frequency, decay, phase = (np.where(silent, 0, value) for value in (frequency, decay, phase))
    return Modes(*(torch.from_numpy(value[:, loudest]) for value in (frequency, power, decay, phase)))


def ring(modes: Modes, n_samples: int, sample_rate: int) -> np.ndarray:
    """The sound of one strike's modes `[mode]`, each rendered until it is QUIET dB down, `[time]`."""
    sound = np.zeros(n_samples)
    used = torch.nonzero(modes.power > -math.inf).flatten()
    order = used[torch.argsort(modes.decay[used], descending=True)]
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
    kind, duration = thing.kind, contact_time(thing.body.material, np.asarray(speed))
    grit = _gain(kind.grit + kind.grit_tilt * np.log2(BANDS / 1000)) * pushed(BANDS, 0.3 * duration)
    answer = _gain(kind.room) * pushed(BANDS, duration)
    time = np.arange(n_samples) / sample_rate
    short = np.exp(-math.log(1000) * time / kind.grit_t60)
    long = np.exp(-math.log(1000) * time / room[:, None])
    scrape = short * np.einsum("b,bt->t", grit, noise)
    return level * (scrape + np.einsum("b,bt,bt->t", answer, long, noise))


def banded_noise(n_samples: int, sample_rate: int, rng: np.random.Generator) -> np.ndarray:
    """White noise with an RMS of 1, split into overlapping BANDS that add up to it, `[band, time]`."""
    length = scipy.fft.next_fast_len(n_samples, real=True)
    spectrum = scipy.fft.rfft(rng.standard_normal(length, dtype=np.float32))
    return scipy.fft.irfft(spectrum * _slopes(length, sample_rate), n=length, axis=-1)[:, :n_samples]


@cache
def _slopes(length: int, sample_rate: int) -> np.ndarray:
    """Triangles over the logarithm of frequency, `[band, bin]`."""
    frequency = np.maximum(scipy.fft.rfftfreq(length, 1 / sample_rate), 1.0)
    place = np.clip(np.log2(frequency / BANDS[0]), 0, len(BANDS) - 1)
    return np.clip(1 - np.abs(place - np.arange(len(BANDS))[:, None]), 0, None).astype(np.float32)


def pushed(frequency: np.ndarray, duration: np.ndarray) -> np.ndarray:
    """`pulse_spectrum` without its zeros: 1 at 0 Hz, falling by 12 dB per octave."""
    return 1 / (1 + (2 * frequency * duration) ** 2)


def _gain(decibels: np.ndarray | float) -> np.ndarray:
    return 10 ** (np.asarray(decibels) / 20)
