"""Joint refinement of all modes of a sound: nonlinear least squares in closed form.

Gauss-Newton steps with Levenberg's damping in poles and amplitudes together, which with amplitudes at their
optimum are those of variable projection (Golub & Pereyra 1973, Kaufman 1975). They are solved for in blocks of modes
that are neighbours in frequency, against the residual of all modes.
"""

import torch
from torch import Tensor

from impactsound.physics.damped import DECAY_FLOOR, Basis, gram
from impactsound.physics.neighbours import Neighbours

DAMPING = (0.3, 1e-9, 1e3)  # of the normal equations' diagonal: the first (one bad block fails a step), least, most
CONVERGED = 1e-4  # less change of the residual's energy than that is none
REACH = 0.5  # most change of a pole in a step, re its width: the larger of its decay and 1 / length
FASTEST = 20000.0  # 1/s


def refine(
    sound: Tensor, length: Tensor, pole: Tensor, amplitude: Tensor, used: Tensor, sample_rate: float, steps: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Poles and amplitudes nearer to the least squares, and never farther, after so many steps; and the residual.

    Shape:
        - Input: `[clip, time]`, `[clip]` (samples that count), thrice `[clip, mode]`, `[clip]`
        - Output: `[clip, mode]` twice, `[clip, time]`
    """
    sound = sound * (torch.arange(sound.shape[-1], device=sound.device) < length[:, None])
    amplitude = torch.where(used, amplitude, 0.0)
    least = torch.full(length.shape, torch.inf, dtype=sound.dtype, device=sound.device)
    damping = torch.full_like(least, DAMPING[0])
    moving = torch.ones_like(least, dtype=torch.bool)
    best: tuple[Tensor, ...] = ()
    slope: tuple[Tensor, ...] = ()
    for turn in range(int(steps.max()) + 1):
        basis = Basis(pole, sound.shape[-1], length)
        left = sound - basis.sum(amplitude)
        cost = left.square().sum(-1)
        better = moving & (cost < least)
        moving &= (turn < steps) & ((least - cost).abs() > CONVERGED * cost)
        least = torch.where(better, cost, least)
        damping = torch.where(better, damping / 10, damping * 30).clamp(*DAMPING[1:])
        best = _chosen(better, (pole, amplitude, left), best)
        if not moving.any():
            break
        slope = _chosen(better, basis.project(left), slope)
        change = _steps(slope, length, *best[:2], used, damping)
        pole = _bounded(best[0], change[0], length, sample_rate)
        amplitude = best[1] + change[1]
    return best


def _chosen(better: Tensor, new: tuple[Tensor, ...], old: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The new values of clips that are better for them, the old ones of the rest."""
    return tuple(torch.where(better[:, None], *pair) for pair in zip(new, old or new, strict=True))


def _bounded(pole: Tensor, step: Tensor, length: Tensor, sample_rate: float) -> Tensor:
    """The poles after a step that is cut to `REACH`, neither growing nor faster than `FASTEST`."""
    width = torch.maximum(-pole.real, 1 / length[:, None])
    step = step * (REACH * width / step.abs().clamp_min(1e-300)).clamp_max(1.0)
    moved = pole + step
    return torch.complex(moved.real.clamp(-FASTEST / sample_rate, -DECAY_FLOOR / sample_rate), moved.imag)


def _steps(
    slope: tuple[Tensor, Tensor], length: Tensor, pole: Tensor, amplitude: Tensor, used: Tensor, damping: Tensor
) -> tuple[Tensor, Tensor]:
    """Changes of the poles and of the amplitudes, `[clip, mode]` each, of one damped Gauss-Newton step.

    Args:
        slope: the projections of the residual that `Basis.project` gives.
    """
    blocks = Neighbours(pole.imag, used)
    s, c = blocks.part(pole), blocks.part(amplitude)
    normal = gram(s, length[:, None].expand(s.shape[:2]), c)
    plain, ramp = (blocks.part(part) for part in slope)
    ramp = c * ramp
    target = torch.cat([plain.real, -plain.imag, ramp.real, -ramp.imag], -1)
    energy = normal.diagonal(dim1=-2, dim2=-1).clone()
    seen = blocks.used.repeat(1, 1, 4) & (energy > 0)  # a mode without an amplitude has no slope in its pole
    scale = torch.where(seen, energy.clamp_min(1e-300).rsqrt(), 0.0)
    normal.mul_(scale[..., :, None]).mul_(scale[..., None, :])
    normal.diagonal(dim1=-2, dim2=-1).copy_((1 + damping)[:, None, None].expand_as(scale))
    factor, _ = torch.linalg.cholesky_ex(normal)
    half = torch.linalg.solve_triangular(factor, (target * scale)[..., None], upper=False)
    change = torch.linalg.solve_triangular(factor.mT, half, upper=True)[..., 0] * scale
    change = torch.where(change.isfinite(), change, 0.0).unflatten(-1, (4, -1)).movedim(-2, 0)
    a, b, p, q = (blocks.join(part) for part in change)
    return torch.complex(p, q), torch.complex(a, b)
