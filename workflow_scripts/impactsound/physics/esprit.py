"""Candidate poles of a sound: ESPRIT in sub-bands, in white noise.

A pole s = (-decay + 2 pi i frequency) / sample_rate stands for a mode that goes as exp(s n) at sample n.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from impactsound.physics.damped import DECAY_FLOOR, powers

OVERLAP = 4  # windows that hold a sample; bands lie 2 / OVERLAP of the frame rate apart
KAISER = 8.9  # shape of the window: what aliases into a band's core lies 65 dB down
HANKEL = 0.43  # of the frames: rows of the Hankel matrix
HANKEL_ROWS = 40  # most rows
MATRICES = 2048  # whose eigenvectors are looked for together: a GPU takes 3 MB of memory for each
RANK_LEVEL = 2.4  # singular value that is signal, re the median one, of noise made white
RANK_PRECISION = 1e-7  # singular value that is rounding, re the largest
SCREEN = 25.0  # energy that a pole must explain of its band's frames, re what the band's poles leave of one
GROWTH_LIMIT = 1.0  # 1/s: poles that grow faster are no modes


@dataclass(frozen=True)
class Search:
    """One pass over the sub-bands.

    rate: frames/s, which is also what a band sees, in Hz; its core, between its neighbours', is half of it.
    frames: most frames used. order: most poles a band. decay: 1/s, the fastest kept.
    """

    rate: float
    frames: int
    order: int
    decay: float


def search_bands(
    sound: Tensor, length: Tensor, sample_rate: float, search: Search, margin: float, most: int
) -> tuple[Tensor, Tensor]:
    """Poles of the modes that explain most of the sub-bands, and the energy they explain, `[clip, most]` each.

    Args:
        sound: `[clip, time]`; length: samples of it that count, `[clip]`; margin: Hz from 0 and from half the sample
            rate that are left out.
    """
    hop = round(sample_rate / search.rate)
    rate = sample_rate / hop
    bands = _sub_bands(sound, hop)[..., : search.frames]
    frames = ((length - OVERLAP * hop) // hop + 1).clamp(1, bands.shape[-1])
    bands = bands * (torch.arange(bands.shape[-1], device=sound.device) < frames[:, None])[:, None]
    step, gain = _band_poles(bands.flatten(0, 1), frames.repeat_interleave(bands.shape[1]), search, rate, hop)
    step, gain = (values.unflatten(0, bands.shape[:2]) for values in (step, gain))
    offset = step.angle() * (rate / (2 * math.pi))
    frequency = torch.arange(bands.shape[1], device=sound.device)[:, None] * (2 * rate / OVERLAP) + offset
    resolution = sample_rate / length[:, None, None]
    core = offset.abs() <= rate / OVERLAP + resolution / 4
    inside = (frequency > margin) & (frequency < sample_rate / 2 - margin)
    gain = torch.where(core & inside, gain, 0.0)
    pole = torch.complex(step.abs().log() * rate, 2 * math.pi * frequency) / sample_rate
    gain = torch.where(_copies(pole, gain, math.pi / length[:, None, None]), 0.0, gain)
    gain, best = gain.flatten(1).topk(min(most, gain[0].numel()), dim=-1)
    return pole.flatten(1).gather(-1, best), gain


def _band_poles(bands: Tensor, frames: Tensor, search: Search, rate: float, hop: int) -> tuple[Tensor, Tensor]:
    """Poles per frame of each band, and the energy that each explains of it, 0 where there are fewer than the most.

    Only bands, and only so many poles a band, are worked on as hold a signal.

    Shape:
        - Input: `[band, frame]`, `[band]` (frames that are valid)
        - Output: `[band, pole]` each
    """
    basis, signal = _signal_space(bands, frames, search.order, hop)
    order = max(1, int(signal.sum(-1).max()))
    some = signal[:, 0].nonzero().flatten()
    step = _invariance(basis[some, :, :order], signal[some, :order])
    decay = -step.abs().clamp_min(1e-30).log() * rate
    possible = (step != 0) & (decay > -GROWTH_LIMIT) & (decay < search.decay)
    step = step * (math.exp(-DECAY_FLOOR / rate) / step.abs().clamp_min(1e-30)).clamp_max(1.0)
    step = torch.where(possible, step, 0.5)
    gain = _band_gain(bands[some], frames[some], step, possible)
    whole = step.new_full((len(bands), order), 0.5), gain.new_zeros(len(bands), order)
    return whole[0].index_copy(0, some, step), whole[1].index_copy(0, some, gain)


def _window(hop: int, like: Tensor) -> Tensor:
    return torch.kaiser_window(OVERLAP * hop, False, KAISER, dtype=like.dtype, device=like.device)


def _sub_bands(sound: Tensor, hop: int) -> Tensor:
    """Frames of the bands from 0 Hz on, each shifted to 0 Hz, `[clip, band, frame]`.

    Windows look forward only, so that a mode that starts at sample 0 is one exponential from the first frame on.
    """
    spectra = torch.fft.rfft(sound.unfold(-1, OVERLAP * hop, hop) * _window(hop, sound))[..., ::2].mT
    band, frame = (torch.arange(size, device=sound.device) for size in spectra.shape[-2:])
    turn = -2 * math.pi / OVERLAP * 2 * torch.remainder(band[:, None] * frame, OVERLAP)
    return spectra * torch.polar(torch.ones_like(turn, dtype=sound.dtype), turn.to(sound.dtype))


def _whitening(rows: int, hop: int, like: Tensor) -> Tensor:
    """Cholesky factor of the covariance over frames of white noise in any band, `[row, row]`.

    Neighbouring windows overlap, so that the noise of a band is not white over its frames.
    """
    window = _window(hop, like)
    lag = torch.arange(rows, device=like.device)
    lag = (lag[:, None] - lag).abs()
    overlap = torch.stack([(window[: len(window) - k * hop] * window[k * hop :]).sum() for k in range(OVERLAP)])
    covariance = torch.where(lag < OVERLAP, overlap[lag.clamp_max(OVERLAP - 1)], 0.0)
    return torch.linalg.cholesky(covariance)


def _signal_space(bands: Tensor, frames: Tensor, order: int, hop: int) -> tuple[Tensor, Tensor]:
    """What stands above the noise of the Hankel matrices of bands: a basis `[band, row, order]`, and how many of it.

    Which of the basis are signal is `[band, order]`, true ones first; the eigenvectors are those of the Hankel matrix's
    Gram matrix, made white and coloured again.
    """
    rows = max(2, min(HANKEL_ROWS, round(HANKEL * bands.shape[-1])))
    factor = _whitening(rows, hop, bands.real)
    white = torch.linalg.solve_triangular(
        factor, torch.eye(rows, dtype=factor.dtype, device=factor.device), upper=False
    )
    hankel = bands.unfold(-1, rows, 1)  # [band, column, row]
    valid = torch.arange(hankel.shape[1], device=bands.device) < frames[:, None] - rows + 1
    hankel = (hankel * valid[..., None]).flatten(0, 1) @ white.mT.to(bands.dtype)
    hankel = hankel.unflatten(0, (len(bands), -1))
    parts = [torch.linalg.eigh(part) for part in (hankel.mT @ hankel.conj()).split(MATRICES)]
    power, vectors = (torch.cat(values) for values in zip(*parts, strict=True))
    level = power.clamp_min(0).sqrt().flip(-1)
    floor = torch.maximum(RANK_LEVEL * level.median(-1, True).values, RANK_PRECISION * level[..., :1])
    order = min(order, rows - 1)
    return factor.to(bands.dtype) @ vectors[..., -order:].flip(-1), level[..., :order] > floor


def _invariance(basis: Tensor, signal: Tensor) -> Tensor:
    """Poles per frame, `[band, order]`, 0 where there are fewer than order.

    A basis S of the signal's space has the shift invariance S[1:] = S[:-1] Psi, and Psi's eigenvalues are the poles
    (Roy & Kailath 1989).
    """
    basis = torch.where(signal[:, None], basis, 0.0)
    above, below = basis[:, :-1], basis[:, 1:]
    normal = above.mH @ above + torch.diag_embed((~signal).to(basis.dtype))
    return _eigenvalues(torch.linalg.solve(normal, above.mH @ below))


def _eigenvalues(matrix: Tensor) -> Tensor:
    """Eigenvalues of small matrices; a GPU would take one after another, so torch's threads share them out."""
    if matrix.device.type == "cpu":
        return torch.linalg.eigvals(matrix)
    threads = torch.get_num_threads()  # as many as a job was granted, not all that the machine has
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(torch.linalg.eigvals, matrix.cpu().tensor_split(threads))
        return torch.cat(list(parts)).to(matrix.device)


def _band_gain(bands: Tensor, frames: Tensor, step: Tensor, possible: Tensor) -> Tensor:
    """Energy that each pole alone explains of its band, in the presence of the band's others, `[band, order]`.

    0 for those that explain no more than `SCREEN` times what all leave of a frame.
    """
    length = frames[:, None].to(bands.real.dtype)
    end = (step.log() * length).exp()
    first, last = step[..., None] * step.conj()[:, None], end[..., None] * end.conj()[:, None]
    normal = (1 - last) / (1 - first)
    scale = torch.where(possible, normal.diagonal(dim1=-2, dim2=-1).real.rsqrt(), 0.0)
    normal = normal.conj() * scale[..., None] * scale[:, None]
    normal.diagonal(dim1=-2, dim2=-1).fill_(1 + 1e-8)
    basis = powers(step.log(), bands.shape[-1])  # [band, order, frame]
    target = (basis @ bands.conj().resolve_conj()[..., None])[..., 0].conj().resolve_conj() * scale
    inverse = torch.linalg.inv(normal)
    amplitude = (inverse @ target[..., None])[..., 0]
    left = bands.abs().square().sum(-1) - (target.conj() * amplitude).real.sum(-1)
    noise = left.clamp_min(0) / (frames - possible.sum(-1)).clamp_min(1)
    gain = amplitude.abs().square() / inverse.diagonal(dim1=-2, dim2=-1).real
    return torch.where(possible & (gain > SCREEN * noise[:, None]), gain, 0.0)


def _copies(pole: Tensor, gain: Tensor, width: Tensor) -> Tensor:
    """Poles within width of a better one of a neighbouring band: the same mode, found twice.

    Shape:
        - Input: `[clip, band, order]` twice, and width, in rad/sample
        - Output: `[clip, band, order]`
    """
    copy = torch.zeros_like(gain, dtype=torch.bool)
    near = (pole[:, 1:, :, None] - pole[:, :-1, None, :]).abs() < width[..., None]
    worse = gain[:, 1:, :, None] <= gain[:, :-1, None, :]
    used = (gain[:, 1:, :, None] > 0) & (gain[:, :-1, None, :] > 0)
    copy[:, 1:] |= (near & worse & used).any(-1)
    copy[:, :-1] |= (near & ~worse & used).any(-2)
    return copy
