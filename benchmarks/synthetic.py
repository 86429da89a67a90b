"""Accuracy on drawn sums of damped sinusoids in white noise, against the Cramer-Rao bound.

What can be resolved and what counts as found follow from the bound and from the resolution of a mode, max(1 / T,
lambda / pi) Hz with T the clip's length: of nothing that an estimator does.
"""

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from rows import Row
from systems import N_SAMPLES, OURS, RATE, SYSTEMS
from torch import Tensor

from impactsound.evaluation.modal import LOUD, aligned, match_modes, pole_gap, spurious_share
from impactsound.physics.bound import cramer_rao
from impactsound.physics.modes import Modes, render_modes
from impactsound.progress import progress
from impactsound.seeds import generator

COUNTS = (5, 20, 40)
SNRS = (60, 30, 20, 10)  # dB
MAX_MODES = 256
FREQUENCY = (80.0, 12000.0)  # Hz, log-uniform
T60 = (0.03, 1.5)  # seconds, log-uniform
POWER = (-30.0, 0.0)  # dB, uniform
GAUSSIAN = 0.6745  # median of |x| of a normal deviate re its deviation

CAPTION = f"""\
Sums of K damped sinusoids in white noise, {N_SAMPLES / RATE} s at {RATE / 1000} kHz. Frequency log-uniform in 80 Hz to
12 kHz, T60 log-uniform in 0.03 to 1.5 s, power uniform in -30 to 0 dB, phase uniform; SNR is the energy of the clean
clip re that of the noise. At most {MAX_MODES} modes are asked for.

- resolvable: share of the true modes that the Cramer-Rao bound allows to be resolved, std(f) <= 0.1 r and
  std(pole) <= 0.25 of the distance to the nearest other true pole, where r = max(1 / T, lambda / pi), T is the clip's
  length, a pole is f + i lambda / (2 pi) and std(pole) = hypot(std(f), std(lambda) / (2 pi)), all in Hz.
- Matched are mutual nearest neighbours among the poles, no further apart than 4 std(pole), but at least 0.25 r and at
  most 0.6 r, and never more than half the distance to the nearest other true pole. Recalls, errors and the spurious
  share use the same matching.
- recall: of the resolvable modes; recall of all: of all.
- frequency, decay: median(|error| / std of the bound) / {GAUSSIAN} over the matched resolvable modes: 1 is efficient.
- spurious: share of the found modes less than 20 dB under the clip's loudest true mode that are no true mode: further
  from every true pole than their own resolution r. unmatched: share of the same that match no true mode, which are also
  those found in between two that cannot be resolved; it has no target.

Targets (of {OURS}): frequency and decay <= 1.3; recall >= 0.95 from 30 dB up and >= 0.85 below; spurious <= 5 %."""


@dataclass(frozen=True)
class SyntheticRow(Row):
    K: int
    SNR_dB: int
    system: str
    resolvable: float
    recall: float
    recall_of_all: float
    frequency: float
    decay: float
    spurious: float
    unmatched: float

    def misses(self) -> set[str]:
        if self.system != OURS:
            return set()
        least = 0.95 if self.SNR_dB >= 30 else 0.85
        kept = {
            "recall": self.recall >= least,
            "frequency": self.frequency <= 1.3,
            "decay": self.decay <= 1.3,
            "spurious": self.spurious <= 0.05,
        }
        return {name for name, fine in kept.items() if not fine}


@dataclass(frozen=True)
class Draws:
    """Clips whose modes are known: the modes and bounds are `[clip, mode]`, the sounds `[clip, time]`."""

    truth: Modes
    sound: Tensor
    frequency_std: Tensor
    decay_std: Tensor

    @property
    def pole_std(self) -> Tensor:
        """Hz."""
        return torch.hypot(self.frequency_std, self.decay_std / (2 * math.pi))

    @property
    def resolution(self) -> Tensor:
        """Hz."""
        return (self.truth.decay / math.pi).clamp_min(RATE / N_SAMPLES)

    @property
    def resolvable(self) -> Tensor:
        sharp = self.frequency_std <= 0.1 * self.resolution
        return sharp & (self.pole_std <= 0.25 * pole_gap(self.truth))

    @property
    def tolerance(self) -> Tensor:
        """Hz, greatest distance of a match."""
        wanted = (4 * self.pole_std).clamp(0.25 * self.resolution, 0.6 * self.resolution)
        return torch.minimum(wanted, 0.5 * pole_gap(self.truth))


def draw(n_modes: int, snr: float, n_draws: int) -> Draws:
    """The same modes at every SNR, and noise of their own."""
    modes = draw_modes(n_modes, n_draws)
    clean = render_modes(modes, N_SAMPLES, RATE)
    noise_std = (clean.square().mean(-1) / 10 ** (snr / 10)).sqrt()
    noise = [_normal(f"noise of {n_modes} modes at {snr} dB", number) for number in range(n_draws)]
    return Draws(
        modes,
        clean + noise_std[:, None] * torch.stack(noise),
        *cramer_rao(modes, noise_std, N_SAMPLES, RATE),
    )


def draw_modes(n_modes: int, n_draws: int) -> Modes:
    """Random modes, `[clip, mode]`; a draw does not depend on how many there are."""
    seeds = [generator("benchmarks", "synthetic", n_modes, number) for number in range(n_draws)]
    uniform = torch.stack([torch.rand(4, n_modes, generator=seed, dtype=torch.float64) for seed in seeds], dim=1)
    frequency, t60, power, phase = uniform
    return Modes(
        frequency=FREQUENCY[0] * (FREQUENCY[1] / FREQUENCY[0]) ** frequency,
        power=POWER[0] + (POWER[1] - POWER[0]) * power,
        decay=math.log(1000) / (T60[0] * (T60[1] / T60[0]) ** t60),
        phase=math.pi * (2 * phase - 1),
    )


def _normal(*key: object) -> Tensor:
    return torch.randn(N_SAMPLES, generator=generator("benchmarks", "synthetic", *key), dtype=torch.float64)


def synthetic_rows(n_draws: int) -> list[SyntheticRow]:
    """All counts, SNRs and systems."""
    return list(progress(_rows(n_draws), "synthetic", len(COUNTS) * len(SNRS) * len(SYSTEMS)))


def _rows(n_draws: int) -> Iterator[SyntheticRow]:
    for n_modes in COUNTS:
        for snr in SNRS:
            draws = draw(n_modes, snr, n_draws)
            for system in SYSTEMS:
                yield _score(system, n_modes, snr, draws)


def _score(system: str, n_modes: int, snr: int, draws: Draws) -> SyntheticRow:
    found = SYSTEMS[system](draws.sound, RATE, MAX_MODES)
    index = match_modes(draws.truth, found, draws.tolerance)
    can = draws.resolvable
    matched, pair = can & (index >= 0), aligned(found, index)
    return SyntheticRow(
        K=n_modes,
        SNR_dB=snr,
        system=system,
        resolvable=can.double().mean().item(),
        recall=(matched.sum() / can.sum()).item(),
        recall_of_all=(index >= 0).double().mean().item(),
        frequency=_excess((pair.frequency - draws.truth.frequency)[matched] / draws.frequency_std[matched]),
        decay=_excess((pair.decay - draws.truth.decay)[matched] / draws.decay_std[matched]),
        spurious=_stray_share(draws.truth, found),
        unmatched=spurious_share(draws.truth, found, index),
    )


def _stray_share(truth: Modes, found: Modes) -> float:
    """Share of the loud found modes that are further from every true pole than they are wide."""
    frequency = found.frequency[..., :, None] - truth.frequency[..., None, :]
    decay = found.decay[..., :, None] - truth.decay[..., None, :]
    nearest = torch.hypot(frequency, decay / (2 * math.pi)).amin(-1)
    loud = found.power > truth.power.amax(-1, keepdim=True) - LOUD
    stray = loud & (nearest > (found.decay / math.pi).clamp_min(RATE / N_SAMPLES))
    return stray.sum().item() / max(1, loud.sum().item())


def _excess(error: Tensor) -> float:
    """Robust deviation of errors re their bounds; infinite where there are none."""
    return statistics.median(error.abs().tolist()) / GAUSSIAN if len(error) else math.inf
