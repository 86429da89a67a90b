"""The least errors that any unbiased estimate of modes in white noise can have (Cramer 1946, Rao 1945)."""

import math

import torch
from torch import Tensor

from impactsound.physics.damped import DECAY_FLOOR, gram
from impactsound.physics.modes import Modes


def cramer_rao(modes: Modes, noise_std: Tensor | float, n_samples: int, sample_rate: float) -> tuple[Tensor, Tensor]:
    """Standard deviations of frequency (Hz) and of decay (1/s), `[..., mode]` each.

    They are infinite in unused slots, and where modes are so alike that the information is singular in float64.

    The inverse of Fisher's information J^T J / noise_std^2, where J are the changes of the sound with all modes'
    amplitudes, phases, frequencies and decays, all of them unknown.

    Args:
        modes: `[..., mode]`. noise_std: of white noise, per sample, `[...]`.

    Raises:
        ValueError: if noise_std is not positive or there are no samples.

    Example:
        >>> tone = Modes(*(torch.tensor([value]).double() for value in (1000.0, 0.0, 0.0, 0.0)))
        >>> deviation, _ = cramer_rao(tone, 0.1, 16000, 16000)
        >>> round(deviation.item(), 5), round(math.sqrt(24 * 0.1**2 / 16000) / (2 * math.pi), 5)
        (0.00062, 0.00062)
    """
    noise_std = torch.as_tensor(noise_std, dtype=torch.float64, device=modes.decay.device)
    if n_samples < 1 or not (noise_std > 0).all():
        raise ValueError(
            f"the bound needs samples and noise, got {n_samples} samples and a least deviation of {noise_std.min()}"
        )
    frequency, power, decay, phase = (
        field.double() for field in torch.broadcast_tensors(modes.frequency, modes.power, modes.decay, modes.phase)
    )
    used = power > -math.inf
    pole = torch.complex(-decay.clamp_min(DECAY_FLOOR), 2 * math.pi * frequency) / sample_rate
    amplitude = torch.polar(torch.where(used, 10 ** (power / 20), 0.0), phase)
    length = torch.full(pole.shape[:-1], n_samples, device=pole.device)
    information = gram(pole, length, amplitude)
    energy = information.diagonal(dim1=-2, dim2=-1)
    seen = used.repeat(*[1] * (used.ndim - 1), 4) & (energy > 0)
    scale = torch.where(seen, energy.clamp_min(1e-300).rsqrt(), 0.0)
    information = information * scale[..., :, None] * scale[..., None, :]
    information = information + torch.diag_embed((~seen).double())
    inverse, singular = torch.linalg.inv_ex(information)
    variance = (inverse.diagonal(dim1=-2, dim2=-1) * scale.square()).unflatten(-1, (4, -1))
    known = used & (singular == 0)[..., None] & (variance > 0).all(-2)  # rounding makes copies negative, or no number
    deviation = variance.clamp_min(0).sqrt() * (noise_std[..., None, None] * sample_rate)
    decay_std, frequency_std = (torch.where(known, deviation[..., kind, :], torch.inf) for kind in (2, 3))
    return frequency_std / (2 * math.pi), decay_std
