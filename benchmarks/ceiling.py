"""What no unbiased estimator can exceed, for modes so dense that Fisher's information cannot be inverted in float64."""

import math

import torch
from systems import N_SAMPLES, RATE
from torch import Tensor

from impactsound.evaluation.modal import pole_gap
from impactsound.physics.modes import Modes

ROUNDING = 1e-16  # deviation of the noise of a float64 clip
SIXTEEN_BIT = 2**-15 / math.sqrt(12)


def resolvable(modes: Modes, pole_std: Tensor, tolerance: Tensor) -> Tensor:
    """The modes whose Cramer-Rao deviation of the pole is within half the tolerance and a quarter of the pole's gap.

    Args:
        pole_std: Hz. tolerance: Hz. Both as the modes, `[..., mode]`.
    """
    return (pole_std <= 0.5 * tolerance) & (pole_std <= 0.25 * pole_gap(modes))


def unit_pole_std(modes: Modes) -> Tensor:
    """Cramer-Rao deviation of the poles of one sound at a noise of deviation 1, Hz, `[mode]`; infinite in unused slots.

    From a triangular factor of the Jacobian, whose condition is the root of the information's. Where even that is
    beyond float64 the deviation comes out too small.
    """
    used = modes.power > -math.inf
    time = torch.arange(N_SAMPLES, dtype=torch.float64) / RATE
    pole = torch.complex(-modes.decay[used], 2 * math.pi * modes.frequency[used])
    wave = torch.polar(modes.amplitude[used], modes.phase[used])[:, None] * torch.exp(pole[:, None] * time)
    columns = torch.cat([wave.real, wave.imag, wave.real * time, wave.imag * time])  # as amplitude, phase, decay, f
    scale = columns.norm(dim=1)
    _, factor = torch.linalg.qr(columns.T / scale, mode="r")
    inverse = torch.linalg.solve_triangular(factor, torch.eye(len(factor), dtype=torch.float64), upper=True)
    deviation = inverse.norm(dim=1) / scale
    decay, angular = deviation.reshape(4, -1)[2:]
    result = torch.full_like(modes.power, math.inf)
    result[used] = torch.hypot(decay, angular) / (2 * math.pi)
    return result
