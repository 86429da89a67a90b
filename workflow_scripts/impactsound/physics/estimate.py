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

import torch
from torch import Tensor
from torch.nn.functional import pad

from impactsound.physics.esprit import Search, search_bands
from impactsound.physics.least_squares import damped_sum, explained_energy, noise_at, solve
from impactsound.physics.modes import Modes

CLIPS_AT_ONCE = 4  # estimated together: bounds the memory, about 40 MB a clip
ONSET_LEVEL = 0.1  # re the peak: the first sample above is the onset
ONSET_LATEST = 0.02  # seconds into the clip that the onset is looked for
SHORTEST = 0.1  # seconds of sound that an estimate needs
SIGNIFICANCE = 16.0  # energy that a mode must explain, re the noise's variance per sample
# Long windows part close modes; short ones see the fast decays of the strike, which is soon over.
SEARCHES = (
    Search(rate=344.0, frames=200, order=12, candidates=256, decay=1500.0),
    Search(rate=1378.0, frames=120, order=12, candidates=96, decay=12000.0),
)


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
        pole, used = search_bands(_advance(left, start), sound.shape[-1] - start, sample_rate, search, pole, used)
        amplitude, *normal = solve(sound, pole, used, sample_rate, noise)
        left = sound - damped_sum(amplitude, pole, sound.shape[-1])
        noise = left.square().mean(-1, keepdim=True)
        gain = explained_energy(amplitude, *normal)
        used = used & (gain > SIGNIFICANCE * noise_at(left, pole, sample_rate))
        gain = torch.where(used, gain, 0.0)
    best = gain.topk(min(max_modes, gain.shape[-1]), dim=-1).indices
    pole, used = pole.gather(-1, best), used.gather(-1, best)
    amplitude, *_ = solve(sound, pole, used, sample_rate, noise)
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
