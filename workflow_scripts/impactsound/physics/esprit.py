"""Candidate poles of a sound: ESPRIT in sub-bands.

A pole s = (-decay + 2 pi i frequency) / sample_rate stands for a mode that goes as exp(s n) at sample n.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from impactsound.physics.least_squares import DECAY_FLOOR, RIDGE

FREQUENCY_MARGIN = 20.0  # Hz from 0 and from half the sample rate within which a pole is no mode
GROWTH_LIMIT = 1.0  # 1/s: poles that grow faster are no modes
OVERLAP = 6  # windows that hold a sample; with the window's shape, a band's aliases lie 65 dB down
KAISER = 8.9  # shape of the window: main lobe as wide as the frame rate
HANKEL = 0.36  # of the frames: rows of the Hankel matrix
HANKEL_ROWS = 40  # most rows
RANK_LEVEL = 5.7  # singular value that is signal, re the median one
RANK_PRECISION = 1e-7  # singular value that is rounding, re the largest


@dataclass(frozen=True)
class Search:
    """One pass over the sub-bands.

    rate: frames/s, which is also what a band sees, in Hz; its core, between its neighbours', is a third of it.
    frames: most frames used. order: most poles a band. candidates: most modes kept of all bands. decay: 1/s, the
    fastest kept.
    """

    rate: float
    frames: int
    order: int
    candidates: int
    decay: float


def search_bands(
    sound: Tensor, length: Tensor, sample_rate: float, search: Search, known: Tensor, known_used: Tensor
) -> tuple[Tensor, Tensor]:
    """The known poles and, after them, the candidates of all sub-bands, and which of them are used.

    Shape:
        - Input: `[clip, time]`, `[clip]` (samples of sound that are valid), and twice `[clip, known]`
        - Output: `[clip, known + candidate]` each
    """
    hop = round(sample_rate / search.rate)
    bands = _sub_bands(sound, hop)[..., : search.frames]
    frames = ((length - OVERLAP * hop) // hop + 1).clamp_max(bands.shape[-1])
    step = _esprit(bands, frames, search.order)
    rate = sample_rate / hop
    centre = torch.arange(bands.shape[1], device=sound.device)[:, None] * (2 * rate / OVERLAP)
    alias = step.angle() * (rate / (2 * math.pi))
    frequency = alias + ((centre - alias) / rate).round() * rate
    decay = -step.abs().clamp_min(1e-30).log() * rate
    possible = (step != 0) & (decay > -GROWTH_LIMIT) & (decay < search.decay)
    gain = _band_gain(bands, frames, step, possible)
    resolution = sample_rate / length[:, None, None]
    core = (frequency - centre).abs() <= rate / OVERLAP + resolution / 2
    inside = (frequency > FREQUENCY_MARGIN) & (frequency < sample_rate / 2 - FREQUENCY_MARGIN)
    gain = torch.where(possible & core & inside, gain, 0.0).flatten(1)
    best = gain.topk(min(search.candidates, gain.shape[-1]), dim=-1)
    pole = torch.complex(-decay.clamp_min(DECAY_FLOOR), 2 * math.pi * frequency) / sample_rate
    pole = pole.flatten(1).gather(-1, best.indices)
    used = best.values > 0
    span = torch.minimum(length, frames * hop)[:, None]
    label = pad(best.indices // step.shape[-1], (known.shape[-1], 0), value=-1)
    rank = torch.cat([torch.where(known_used, torch.inf, 0.0), best.values], -1)
    pole = torch.cat([known, pole], -1)
    used = torch.cat([known_used, used], -1)
    return pole, used & ~_copies(pole, label, rank, math.pi / span)


def _sub_bands(sound: Tensor, hop: int) -> Tensor:
    """Frames of the bands, which lie 2 / `OVERLAP` of the frame rate apart from 0 Hz on, `[clip, band, frame]`."""
    width = OVERLAP * hop
    window = torch.kaiser_window(width, False, KAISER, dtype=sound.dtype, device=sound.device)
    spectra = torch.fft.rfft(sound.unfold(-1, width, hop) * window)
    return spectra[..., ::2].mT.contiguous()


def _esprit(bands: Tensor, frames: Tensor, order: int) -> Tensor:
    """Poles per frame, 0 where there are fewer than order.

    The signal subspace U has the shift invariance U[1:] = U[:-1] Psi, and Psi's eigenvalues are the poles (Roy &
    Kailath 1989). As U is orthonormal, U[:-1]^H U[:-1] = I - u^H u with u its last row, and the inverse is closed.

    Shape:
        - Input: `[clip, band, frame]`, `[clip]` (frames that are valid)
        - Output: `[clip, band, order]`
    """
    rows = max(2, min(HANKEL_ROWS, round(HANKEL * bands.shape[-1])))
    hankel = bands.unfold(-1, rows, 1)  # [clip, band, column, row]
    valid = torch.arange(hankel.shape[-2], device=bands.device) < frames[:, None] - rows + 1
    hankel = hankel * valid[:, None, :, None]
    power, vectors = torch.linalg.eigh(hankel.mT @ hankel.conj())
    level, vectors = power.clamp_min(0).sqrt().flip(-1), vectors.flip(-1)
    floor = torch.maximum(RANK_LEVEL * level.median(-1, True).values, RANK_PRECISION * level[..., :1])
    order = min(order, rows - 1)
    signal = vectors[..., :order] * (level[..., :order] > floor)[..., None, :]
    above, below, last = signal[..., :-1, :], signal[..., 1:, :], signal[..., -1, :]
    cross = above.mH @ below
    rest = (1 - last.abs().square().sum(-1)).clamp_min(1e-9)[..., None, None]
    return torch.linalg.eigvals(cross + last.conj()[..., :, None] * (last[..., None, :] @ cross) / rest)


def _band_gain(bands: Tensor, frames: Tensor, step: Tensor, possible: Tensor) -> Tensor:
    """Energy that each pole alone explains of its band, in the presence of the band's others, `[clip, band, order]`."""
    time = torch.arange(bands.shape[-1], device=bands.device)
    basis = torch.exp(torch.where(possible, step, 1.0).log()[..., None, :] * time[:, None])
    basis = basis * (time < frames[:, None])[:, None, :, None] * possible[..., None, :]  # [clip, band, frame, order]
    norm = basis.abs().square().sum(-2, keepdim=True).clamp_min(1e-30).sqrt()
    basis = basis / norm
    gram = basis.mH @ basis
    gram = gram + torch.diag_embed(torch.where(possible, RIDGE, 1.0)).to(gram.dtype)
    inverse = torch.linalg.inv(gram)
    amplitude = (inverse @ (basis.mH @ bands[..., None]))[..., 0]
    return amplitude.abs().square() / inverse.diagonal(dim1=-2, dim2=-1).real


def _copies(pole: Tensor, label: Tensor, gain: Tensor, width: Tensor) -> Tensor:
    """Poles within width of a better one with another label, `[clip, mode]`: the same mode, found in two places.

    Shape:
        - Input: `[clip, mode]` each, and width `[clip, 1]`, in rad/sample
        - Output: `[clip, mode]`
    """
    near = (pole[:, :, None] - pole[:, None, :]).abs() < width[..., None]
    other = label[:, :, None] != label[:, None, :]
    return (near & other & (gain[:, :, None] < gain[:, None, :])).any(-1)
