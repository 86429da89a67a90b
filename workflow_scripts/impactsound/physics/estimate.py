"""Modes from a recording: ESPRIT in sub-bands, then least squares over the whole band.

1. The clip, from its onset on, is split into overlapping sub-bands by a short-time Fourier transform whose windows
   look forward only: frame m of a band holds samples m hop ... m hop + window, so a sum of damped sinusoids that
   start at time 0 stays a sum of damped sinusoids there, from the first frame on, with no filter transient.
2. In each band ESPRIT (Roy & Kailath 1989) reads the poles off the signal subspace of the Hankel matrix of the
   frames (Hua & Sarkar 1990). Its rank is what stands above the noise that the band's smaller singular values show;
   poles outside the band's core belong to a neighbour and are left to it (sub-band ESPRIT: Tkacenko & Vaidyanathan
   2001).
3. Least squares over all modes at once give the amplitudes and phases: the Gram matrix of damped sinusoids is a
   geometric series, so that samples enter by one z-transform a mode. A mode stays if leaving it out would raise the
   residual by more than noise would.
4. What is left is searched again in wider bands, where the fast decays of the strike are seen, and all modes are
   solved for together.

Inside, a mode is its pole s = (-decay + 2 pi i frequency) / sample_rate, so that it goes as exp(s n) at sample n.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

from impactsound.physics.modes import Modes

CLIPS_AT_ONCE = 4  # estimated together: bounds the memory, about 40 MB a clip
ONSET_LEVEL = 0.1  # re the peak: the first sample above is the onset
ONSET_LATEST = 0.02  # seconds into the clip that the onset is looked for
SHORTEST = 0.1  # seconds of sound that an estimate needs

FREQUENCY_MARGIN = 20.0  # Hz from 0 and from half the sample rate within which a pole is no mode
DECAY_FLOOR = 0.01  # 1/s: modes that outlast the clip, or seem to grow in it by a hair, decay so
GROWTH_LIMIT = 1.0  # 1/s: poles that grow faster are no modes
LOUDEST = 0.1  # re the peak: amplitude that a mode is expected to have; louder ones must be borne out by the sound
RIDGE = 1e-8  # re the energy of each mode: keeps exact copies solvable
SIGNIFICANCE = 16.0  # energy that a mode must explain, re the noise's variance per sample
NOISE_FLOOR = 1e-12  # re the peak's square: variance of the noise of a sound that seems to have none
NOISE_WIDTH = 300.0  # Hz over which the noise is taken to be white


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


# Long windows part close modes; short ones see the fast decays of the strike, which is soon over.
SEARCHES = (
    Search(rate=344.0, frames=200, order=12, candidates=256, decay=1500.0),
    Search(rate=1378.0, frames=120, order=12, candidates=96, decay=12000.0),
)
OVERLAP = 6  # windows that hold a sample; with the window's shape, a band's aliases lie 65 dB down
KAISER = 8.9  # shape of the window: main lobe as wide as the frame rate
HANKEL = 0.36  # of the frames: rows of the Hankel matrix
HANKEL_ROWS = 40  # most rows
RANK_LEVEL = 5.7  # singular value that is signal, re the median one
RANK_PRECISION = 1e-7  # singular value that is rounding, re the largest


def estimate_modes(waveform: Tensor, sample_rate: float, max_modes: int = 256) -> Modes:
    """The modes that a sound is made of, loudest first; their phases are those at its first sample.

    Args:
        waveform: full scale 1; at least `SHORTEST` seconds.
        sample_rate: Hz.
        max_modes: most modes given; where more are found those that explain the most energy.

    Raises:
        ValueError: the sound is too short, or not finite.

    Shape:
        - Input: `[..., time]`
        - Output: `[..., mode]` each, with max_modes modes

    Example:
        >>> from impactsound.physics.modes import render_modes
        >>> bell = Modes(*(torch.tensor(v).double() for v in ([440.0, 1234.5], [-6.0, -20.0], [9.0, 30.0], [1.0, 2.0])))
        >>> found = estimate_modes(render_modes(bell, 4000, 16000), 16000, max_modes=2)
        >>> found.frequency.round(decimals=3).tolist(), found.t60.round(decimals=3).tolist()
        ([440.0, 1234.5], [0.768, 0.23])
    """
    if waveform.shape[-1] < SHORTEST * sample_rate:
        raise ValueError(f"modes need {SHORTEST} s of sound, got {waveform.shape[-1] / sample_rate:.3f} s")
    if not waveform.isfinite().all():
        raise ValueError("the waveform has samples that are not finite")
    if waveform.numel() == 0:
        return Modes(*waveform.new_zeros(4, *waveform.shape[:-1], max_modes))
    clips = waveform.reshape(-1, waveform.shape[-1]).double().split(CLIPS_AT_ONCE)
    found = [_estimate(clip, sample_rate, max_modes) for clip in clips]
    return Modes(*(_stack(fields, waveform) for fields in zip(*found, strict=True)))


def _stack(parts: tuple[Tensor, ...], like: Tensor) -> Tensor:
    """Chunks `[clip, mode]` as one tensor with the leading axes and the type of the waveform."""
    whole = torch.cat(parts)
    return whole.to(like.dtype).reshape(*like.shape[:-1], whole.shape[-1])


def _estimate(sound: Tensor, sample_rate: float, max_modes: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Frequency, power, decay and phase, `[clip, mode]` each, of float64 sounds `[clip, time]`."""
    peak = sound.abs().amax(-1, keepdim=True)
    sound = sound / torch.where(peak > 0, peak, 1.0)
    start = _onset(sound, sample_rate)
    pole = torch.zeros(len(sound), 0, dtype=torch.complex128, device=sound.device)
    used = torch.zeros_like(pole, dtype=torch.bool)
    left, noise = sound, torch.zeros_like(peak)
    for search in SEARCHES:
        pole, used = _search(_advance(left, start), sound.shape[-1] - start, sample_rate, search, pole, used)
        amplitude, *normal = _solve(sound, pole, used, sample_rate, noise)
        left = sound - _sum(amplitude, pole, sound.shape[-1])
        noise = left.square().mean(-1, keepdim=True)
        gain = _gain(amplitude, *normal)
        used = used & (gain > SIGNIFICANCE * _noise(left, pole, sample_rate))
        gain = torch.where(used, gain, 0.0)
    best = gain.topk(min(max_modes, gain.shape[-1]), dim=-1).indices
    pole, used = pole.gather(-1, best), used.gather(-1, best)
    amplitude, *_ = _solve(sound, pole, used, sample_rate, noise)
    amplitude = amplitude[..., :-1] * peak  # the last is the offset
    return _fields(amplitude, pole, used, sample_rate, max_modes)


def _fields(
    amplitude: Tensor, pole: Tensor, used: Tensor, sample_rate: float, max_modes: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The fields of `Modes`, loudest first, padded with unused slots to max_modes."""
    used = used & (amplitude.abs() > 0)
    power = torch.where(used, 20 * amplitude.abs().clamp_min(1e-300).log10(), -torch.inf)
    order = power.argsort(dim=-1, descending=True, stable=True)
    fields = (
        torch.where(used, pole.imag * (sample_rate / (2 * math.pi)), 0.0),
        power,
        torch.where(used, -pole.real * sample_rate, 0.0),
        torch.where(used, amplitude.angle(), 0.0),
    )
    spare = max_modes - power.shape[-1]
    empty = (0.0, -torch.inf, 0.0, 0.0)
    return tuple(
        pad(field.gather(-1, order), (0, spare), value=value) for field, value in zip(fields, empty, strict=True)
    )


def _onset(sound: Tensor, sample_rate: float) -> Tensor:
    """First sample above `ONSET_LEVEL`, `[clip]`, of peak-normalised sounds `[clip, time]`."""
    latest = round(ONSET_LATEST * sample_rate)
    return (sound[:, : latest + 1].abs() > ONSET_LEVEL).int().argmax(-1)


def _advance(sound: Tensor, start: Tensor) -> Tensor:
    """Sounds `[clip, time]` from sample start `[clip]` on, followed by silence."""
    index = torch.arange(sound.shape[-1], device=sound.device) + start[:, None]
    inside = index < sound.shape[-1]
    return torch.where(inside, sound.gather(-1, index.clamp_max(sound.shape[-1] - 1)), 0.0)


def _search(
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


def _solve(
    sound: Tensor, pole: Tensor, used: Tensor, sample_rate: float, noise: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Least-squares amplitudes of all modes and a constant offset together.

    A complex amplitude c stands for Re(c exp(s n)). Amplitudes are expected to be normal with deviation `LOUDEST`
    beneath noise of the given variance, which is ridge regression (Hoerl & Kennard 1970): without noise it is plain
    least squares, with noise it keeps near-copies and very fast decays from growing huge to cancel.

    Shape:
        - Input: `[clip, time]`, `[clip, mode]`, `[clip, mode]`, and noise `[clip, 1]`
        - Output: `[clip, mode + 1]`, the offset last, 0 where unused; then the Cholesky factor of the scaled normal
          equations `[clip, 2 mode + 2, 2 mode + 2]` and its scale `[clip, 2 mode + 2]`, for `_gain`
    """
    pole, used = _with_offset(pole, sample_rate), pad(used, (0, 1), value=True)
    gram = _gram(pole, sound.shape[-1])
    energy = gram.diagonal(dim1=-2, dim2=-1)
    seen = used.repeat(1, 2) & (energy > 1e-9)
    scale = torch.where(seen, energy.clamp_min(1e-9).rsqrt(), 0.0)
    gram = gram * scale[:, :, None] * scale[:, None, :]
    gram.diagonal(dim1=-2, dim2=-1).copy_(1 + RIDGE + noise / LOUDEST**2 * scale.square())
    factor = torch.linalg.cholesky(gram)
    target = _transform(sound, pole) * scale
    parts = torch.cholesky_solve(target[..., None], factor)[..., 0] * scale
    return torch.complex(*parts.split(pole.shape[-1], -1)), factor, scale


def _gain(amplitude: Tensor, factor: Tensor, scale: Tensor) -> Tensor:
    """Energy that each mode explains: what the residual gains when it is left out and the rest are solved for again.

    For the real and imaginary part c of one mode that is c^T B^-1 c, B being their block of the inverse of the normal
    equations.

    Shape:
        - Input: the output of `_solve`
        - Output: `[clip, mode]`, 0 where unused
    """
    count = amplitude.shape[-1]
    inverse = torch.cholesky_inverse(factor)
    real, imag = (torch.cat([amplitude.real, amplitude.imag], -1) / torch.where(scale > 0, scale, 1.0)).split(count, -1)
    rr, ii = inverse.diagonal(dim1=-2, dim2=-1).split(count, -1)
    ri = inverse.diagonal(count, dim1=-2, dim2=-1)
    gain = (real.square() * ii - 2 * real * imag * ri + imag.square() * rr) / (rr * ii - ri.square())
    return gain[:, :-1]


def _with_offset(pole: Tensor, sample_rate: float) -> Tensor:
    """The poles and, last, that of a constant: it belongs to the recording and not to the object."""
    return pad(pole, (0, 1), value=-DECAY_FLOOR / sample_rate)


def _gram(pole: Tensor, length: int) -> Tensor:
    """Inner products over length samples of Re exp(s n) and -Im exp(s n) of all poles s, `[clip, 2 mode, 2 mode]`.

    They follow from the geometric series of exp((s + s') n) and of exp((s + conj s') n).
    """
    step, end = torch.exp(pole), torch.exp(pole * length)
    first, last = step[:, :, None], end[:, :, None]
    plus = (1 - last * end[:, None]) / (1 - first * step[:, None])
    minus = (1 - last * end.conj()[:, None]) / (1 - first * step.conj()[:, None])
    mixed = (minus - plus).imag
    real, imag = (minus + plus).real, (minus - plus).real
    return torch.cat([torch.cat([real, mixed], -1), torch.cat([mixed.mT, imag], -1)], -2) / 2


def _blocks(length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Starts of the blocks, and samples in a block, that together make length samples."""
    width = math.isqrt(length)
    starts = torch.arange(0, length, width, device=device, dtype=torch.float64)
    return starts, torch.arange(width, device=device, dtype=torch.float64)


def _transform(sound: Tensor, pole: Tensor) -> Tensor:
    """Inner products of the sound with Re exp(s n), then with -Im exp(s n), `[clip, 2 mode]`."""
    starts, inner = _blocks(sound.shape[-1], sound.device)
    blocks = pad(sound, (0, len(starts) * len(inner) - sound.shape[-1])).unflatten(-1, (len(starts), len(inner)))
    fine = torch.exp(inner[:, None] * pole[:, None])  # [clip, inner, mode]
    parts = torch.complex(blocks @ fine.real, blocks @ fine.imag)
    total = (parts * torch.exp(starts[:, None] * pole[:, None])).sum(1)
    return torch.cat([total.real, -total.imag], -1)


def _sum(amplitude: Tensor, pole: Tensor, length: int) -> Tensor:
    """The modes and the offset, `[clip, time]`, of amplitudes `[clip, mode + 1]` and poles `[clip, mode]`."""
    pole = pad(pole, (0, 1))
    starts, inner = _blocks(length, pole.device)
    coarse = amplitude[:, None] * torch.exp(starts[:, None] * pole[:, None])
    fine = torch.exp(pole[..., None] * inner)
    return (coarse.real @ fine.real - coarse.imag @ fine.imag).flatten(1)[:, :length]


def _noise(left: Tensor, pole: Tensor, sample_rate: float) -> Tensor:
    """Variance per sample of the noise around each pole, `[clip, mode]`, in the residual `[clip, time]`.

    It is the median of the periodogram over `NOISE_WIDTH`, which lines that stand out do not move; periodogram lines
    of noise are exponential in distribution, with a median ln 2 of their mean.
    """
    length = left.shape[-1]
    power = torch.fft.rfft(left).abs().square() / length
    width = max(1, round(NOISE_WIDTH * length / sample_rate))
    bands = power[:, : power.shape[-1] // width * width].unflatten(-1, (-1, width))
    level = bands.median(-1).values / math.log(2)
    line = (pole.imag * length / (2 * math.pi * width)).long().clamp(0, level.shape[-1] - 1)
    return level.gather(-1, line).clamp_min(NOISE_FLOOR)
