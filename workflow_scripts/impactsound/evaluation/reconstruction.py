"""How near a rendered sound is to the recording that it stands for, at several resolutions at once.

Conventions: sounds are `[clip, time]`; the target comes first, and both sets have the same clips in the same order. The
STFTs are centred, with a Hann window and a hop of a quarter of it. A distance is `[clip]`, 0 for equal sounds, and does
not see the phase. Sounds that differ in shape, no clips at all, samples that are not finite and clips too short for the
longest window are a ValueError, never a nan. A silent target has a spectral convergence of 0 to silence and an infinite
one to anything else; the log magnitudes of both have a floor, so that their distance is always finite.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

SIZES = (512, 1024, 2048)  # samples of the STFT windows
POWER_FLOOR = 1e-8  # of a bin, where logs are taken: the convention of auraloss


def validate(target: Tensor, sound: Tensor, sizes: Sequence[int] = SIZES) -> None:
    """Raise a ValueError unless both sets hold the same clips, at least one, finite and long enough for the sizes."""
    if target.shape != sound.shape or target.ndim != 2:
        raise ValueError(f"target {tuple(target.shape)} and sound {tuple(sound.shape)} are not both [clip, time]")
    if len(target) == 0:
        raise ValueError("there are no clips to compare")
    if not sizes or target.shape[1] <= max(sizes) // 2:
        raise ValueError(f"clips of {target.shape[1]} samples are too short for windows of {tuple(sizes)}")
    if not (target.isfinite().all() and sound.isfinite().all()):
        raise ValueError("the sounds have samples that are not finite")


def spectral_convergence(target: Tensor, sound: Tensor, sizes: Sequence[int] = SIZES) -> Tensor:
    """Norm of the error of the magnitudes re that of the target's, mean over the sizes (Arik et al. 2018).

    0 for equal magnitudes, 1 for silence; unchanged by a gain on both.

    Shape:
        - Input: `[clip, time]` each
        - Output: `[clip]`

    >>> target = torch.tensor([0.5, -0.5]).repeat(2, 1000)
    >>> spectral_convergence(target, target * torch.tensor([[1.0], [0.75]])).tolist()
    [0.0, 0.25]
    """
    validate(target, sound, sizes)
    terms = [(a - b).flatten(1).norm(dim=1) / a.flatten(1).norm(dim=1) for a, b in _magnitudes(target, sound, sizes)]
    return torch.stack(terms).nan_to_num(nan=0.0, posinf=torch.inf).mean(0)  # 0 / 0: both are silent


def log_magnitude_l1(target: Tensor, sound: Tensor, sizes: Sequence[int] = SIZES) -> Tensor:
    """Mean over bins and frames of |ln A - ln B|, mean over the sizes.

    Symmetric. A gain of g between two sounds that stand above the floor everywhere is a distance of |ln g|.

    Shape:
        - Input: `[clip, time]` each
        - Output: `[clip]`
    """
    validate(target, sound, sizes)
    floor = POWER_FLOOR**0.5
    pairs = _magnitudes(target, sound, sizes)
    terms = [(a.clamp_min(floor).log() - b.clamp_min(floor).log()).abs().mean((1, 2)) for a, b in pairs]
    return torch.stack(terms).mean(0)


def _magnitudes(target: Tensor, sound: Tensor, sizes: Sequence[int]) -> Iterator[tuple[Tensor, Tensor]]:
    """STFT magnitudes of both, `[clip, bin, frame]`, one size after the other."""
    for size in sizes:
        yield _magnitude(target, size), _magnitude(sound, size)


def _magnitude(sound: Tensor, size: int) -> Tensor:
    window = torch.hann_window(size, dtype=sound.dtype, device=sound.device)
    return torch.stft(sound, size, size // 4, window=window, center=True, return_complex=True).abs()
