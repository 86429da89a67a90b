"""Modes from a recording: ESPRIT in sub-bands, then least squares over the whole band, nonlinear in the poles.

1. The clip, from its onset on, is split into overlapping sub-bands by a short-time Fourier transform whose windows
   look forward only: frame m of a band holds samples m hop ... m hop + window, so a sum of damped sinusoids that
   start at time 0 stays a sum of damped sinusoids there, from the first frame on, with no filter transient.
2. In each band ESPRIT (Roy & Kailath 1989) reads the poles off the signal subspace of the Hankel matrix of the
   frames (Hua & Sarkar 1990), made white by the covariance that the overlapping windows give to noise. Its rank is
   what stands above the noise that the band's median singular value shows; poles outside the band's core belong to a
   neighbour and are left to it (sub-band ESPRIT: Tkacenko & Vaidyanathan 2001).
3. Poles and amplitudes of all modes are refined together towards the least squares.
4. Modes that explain no more than noise would are dropped; single modes that stand out of what is left are added by
   matched filters; and all are refined again, until nothing is gained.

Noise is taken to be white over a few hundred Hz, and measured there, so that coloured noise is dealt with as well.
Inside, a mode is its pole s = (-decay + 2 pi i frequency) / sample_rate, so that it goes as exp(s n) at sample n.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import max_pool1d, pad

from impactsound.memory import in_batches
from impactsound.physics.esprit import Search, search_bands
from impactsound.physics.least_squares import Fit, explained_energy, noise_at, noise_lines, solve
from impactsound.physics.matched_filter import search_residual
from impactsound.physics.modes import Modes
from impactsound.physics.refine import refine

CLIPS_AT_ONCE = {"cpu": 4, "cuda": 256}  # estimated together, or half as many and so on where memory is short
ONSET_LEVEL = (0.1, 0.5)  # re the peak: the first sample above, or as much above the noise, is the onset
ONSET_NOISE = 4.0  # level of the onset re the RMS of the quietest stretch
ONSET_STRETCH = 0.005  # seconds of it
ONSET_EARLIEST = 0.5e-3  # seconds into the clip; before it, the clip is said to start at once
ONSET_LATEST = 0.02  # seconds into the clip that the onset is looked for
SHORTEST = 0.1  # seconds of sound that an estimate needs
SIGNIFICANCE = 26.0  # energy that a mode must explain, re the noise's variance: noise does once in 4e5 tries (exp(-13))
MARGIN = 20.0  # Hz from 0 and from half the sample rate within which there are no modes
FEWEST = 64  # modes looked for, however few are asked for: the rest must not disturb these
NEW = 64  # most modes added at a time
ROUNDS = 5  # of refining, dropping and adding, at most
STEPS = (2, 8)  # of refinement a round, least and most
EFFORT = 375  # steps x modes of a round, within those limits
WORK = 6e4  # steps x modes^2, about, that a clip is worth: real sounds have hundreds of modes, and no exact ones
SEARCH = Search(rate=258.0, frames=200, order=16, decay=1500.0)


def estimate_modes(waveform: Tensor, sample_rate: float, max_modes: int = 256) -> Modes:
    """The modes that a sound is made of, loudest first; powers and phases are those at its onset (`find_onset`).

    Args:
        waveform: full scale 1; at least `SHORTEST` seconds.
        sample_rate: Hz.
        max_modes: most modes given; where more are found those that explain the most energy.

    Raises:
        ValueError: the sound is too short, or not finite.
        InputError: a single clip does not fit into a GPU's memory.

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
    clips = _checked(waveform, sample_rate)
    if not len(clips):
        return Modes(*waveform.new_zeros(4, *waveform.shape[:-1], max_modes))
    at_once = CLIPS_AT_ONCE.get(waveform.device.type, CLIPS_AT_ONCE["cpu"])
    found = in_batches(lambda part: _estimate(part.double(), sample_rate, max_modes), clips, at_once)
    return Modes(*(_stack(fields, waveform) for fields in zip(*found, strict=True)))


def find_onset(waveform: Tensor, sample_rate: float) -> Tensor:
    """Seconds into a sound at which it starts, `[...]`, of sounds `[..., time]`.

    0, unless it is later than `ONSET_EARLIEST`; at most `ONSET_LATEST`.

    Raises:
        ValueError: as `estimate_modes`.
    """
    return (_onset(_checked(waveform, sample_rate), sample_rate) / sample_rate).reshape(waveform.shape[:-1])


def _checked(waveform: Tensor, sample_rate: float) -> Tensor:
    """The sounds as `[clip, time]`, if they can be estimated."""
    if waveform.shape[-1] < SHORTEST * sample_rate:
        raise ValueError(f"modes need {SHORTEST} s of sound, got {waveform.shape[-1] / sample_rate:.3f} s")
    clips = waveform.reshape(-1, waveform.shape[-1])
    bad = (~clips.isfinite().all(-1)).nonzero().flatten().tolist()
    if bad:
        raise ValueError(f"clip {bad[0]} of {len(clips)} has samples that are not finite")
    return clips


def _stack(parts: tuple[Tensor, ...], like: Tensor) -> Tensor:
    """Chunks `[clip, mode]` as one tensor with the leading axes and the type of the waveform."""
    whole = torch.cat(parts)
    return whole.to(like.dtype).reshape(*like.shape[:-1], whole.shape[-1])


def _estimate(sound: Tensor, sample_rate: float, max_modes: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Frequency, power, decay and phase, `[clip, mode]` each, of float64 sounds `[clip, time]`."""
    peak = sound.abs().amax(-1, keepdim=True)
    start = _onset(sound, sample_rate)
    length = sound.shape[-1] - start
    sound = _advance(sound / torch.where(peak > 0, peak, 1.0), start)
    pole, amplitude, used = _fit(sound, length, sample_rate, max(max_modes, FEWEST))
    if pole.shape[-1] > max_modes:
        gain = explained_energy(length, pole, amplitude, used)
        pole, used = _top(max_modes, gain, pole, used)
        amplitude = solve(sound, length, pole, used, sample_rate, torch.zeros_like(sound[:, 0])).amplitude
    return _fields(amplitude * peak, pole, used, sample_rate, max_modes)


def _fit(sound: Tensor, length: Tensor, sample_rate: float, most: int) -> tuple[Tensor, Tensor, Tensor]:
    """Poles and amplitudes of at most so many modes of sounds that start at once, and which of them are used.

    Clips leave as they settle, so that what is found does not depend on those that are estimated with them.
    """
    pole, gain = search_bands(sound, length, sample_rate, SEARCH, MARGIN, most)
    pole, used = _top(most, gain, pole, gain > 0)
    fit = solve(sound, length, pole, used, sample_rate, torch.zeros_like(sound[:, 0]))
    clips, work = torch.arange(len(sound), device=sound.device), torch.zeros_like(length)
    found = [like.new_full((len(sound), most), value) for like, value in ((pole, -1), (pole, 0), (used, False))]
    for turn in range(ROUNDS):
        amplitude, before = fit.amplitude, _variance(fit.left, length)
        if turn:
            pole, amplitude, used = _joined(fit, length, pole, used, sample_rate)
        count = used.sum(-1)
        steps = (EFFORT // count.clamp_min(1)).clamp(*STEPS)
        pole, amplitude, left = refine(sound - fit.offset, length, pole, amplitude, used, sample_rate, steps)
        pole, used = _kept(left, length, pole, amplitude, used, sample_rate, most)
        fit = solve(sound, length, pole, used, sample_rate, _variance(left, length))
        work = work + steps * count.square()
        done = (work * (turn + 2) > WORK * (turn + 1)) | (turn == ROUNDS - 1)
        if turn:
            after = _variance(fit.left, length)
            done |= before - after < SIGNIFICANCE / length * after
        for whole, part in zip(found, (pole, fit.amplitude, used), strict=True):
            whole[clips[done], : pole.shape[-1]] = part[done]
        if done.all():
            break
        clips, sound, length, work, pole, used = (x[~done] for x in (clips, sound, length, work, pole, used))
        fit = fit.of(~done)
    return tuple(found)


def _joined(fit: Fit, length: Tensor, pole: Tensor, used: Tensor, sample_rate: float) -> tuple[Tensor, Tensor, Tensor]:
    """The modes and, with them, those that stand out of what they leave: poles, amplitudes and which are used."""
    noise = noise_lines(fit.left, length, sample_rate)
    new_pole, new_amplitude, gain = search_residual(fit.left, length, noise, sample_rate, MARGIN, NEW)
    new = gain > SIGNIFICANCE
    pole, used = torch.cat([pole, new_pole], -1), torch.cat([used, new], -1)
    amplitude = torch.cat([fit.amplitude, torch.where(new, new_amplitude, 0.0)], -1)
    return _top(pole.shape[-1], used, pole, amplitude, used)


def _variance(left: Tensor, length: Tensor) -> Tensor:
    """Mean square of the residual, `[clip]`."""
    return left.square().sum(-1) / length


def _kept(
    left: Tensor, length: Tensor, pole: Tensor, amplitude: Tensor, used: Tensor, sample_rate: float, most: int
) -> tuple[Tensor, Tensor]:
    """The modes that explain more of a sound than noise would, and lie within the band: poles, and which are used.

    Two that share what they explain would both seem expendable: of neighbours in frequency only the least one goes.
    """
    gain = explained_energy(length, pole, amplitude, used)
    ratio = gain / noise_at(noise_lines(left, length, sample_rate), pole)
    order = torch.where(used, pole.imag, torch.inf).argsort(-1)
    ratio = torch.where(used, ratio, torch.inf).gather(-1, order)
    least = ratio == -max_pool1d(-ratio, 3, 1, 1)
    expendable = (least & (ratio < SIGNIFICANCE)).gather(-1, order.argsort(-1))
    frequency = pole.imag * (sample_rate / (2 * math.pi))
    used = used & ~expendable & (frequency > MARGIN) & (frequency < sample_rate / 2 - MARGIN)
    return _top(most, torch.where(used, gain, 0.0), pole, used)


def _top(most: int, gain: Tensor, *values: Tensor) -> tuple[Tensor, ...]:
    """Values, `[clip, mode]` each, of the modes of most gain: at most so many, and no more than any clip needs."""
    count = min(most, max(1, int((gain > 0).sum(-1).max())))
    order = gain.double().topk(count, -1).indices
    return tuple(value.gather(-1, order) for value in values)


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
    """First sample that stands above the noise and above a share of the peak, `[clip]`, of sounds `[clip, time]`."""
    peak = sound.abs().amax(-1, keepdim=True)
    stretches = sound.unfold(-1, *2 * (round(ONSET_STRETCH * sample_rate),))
    noise = stretches.square().mean(-1).amin(-1, keepdim=True).sqrt()
    low, high = (share * peak for share in ONSET_LEVEL)
    level = torch.minimum(torch.maximum(ONSET_NOISE * noise, low), high)
    latest = round(ONSET_LATEST * sample_rate)
    start = (sound[:, : latest + 1].abs() > level).int().argmax(-1)
    return torch.where(start > ONSET_EARLIEST * sample_rate, start, 0)


def _advance(sound: Tensor, start: Tensor) -> Tensor:
    """Sounds `[clip, time]` from sample start `[clip]` on, followed by silence."""
    index = torch.arange(sound.shape[-1], device=sound.device) + start[:, None]
    inside = index < sound.shape[-1]
    return torch.where(inside, sound.gather(-1, index.clamp_max(sound.shape[-1] - 1)), 0.0)
