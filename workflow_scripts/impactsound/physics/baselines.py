"""Two plain estimators of modes to compare with: a mode per STFT bin, and peaks of the spectrum.

Both take sounds `[clip, time]`, give modes `[clip, mode]` with the powers and phases at the first sample, and know
nothing of onsets.
"""

import math

import torch
from torch import Tensor

from impactsound.physics.modes import Modes

FLOOR = -80.0  # dB re the loudest bin of the clip: where a bin counts as silent, of `bin_modes`
ZERO_PADDING = 4  # of the spectrum whose peaks are picked
RISE = 0.004  # seconds
ABOVE_NOISE = 12.0  # dB that a peak, and each frame that its decay is read from, stands above the median
QUIETEST_PEAK = 60.0  # dB under the loudest peak of the clip
FEWEST_FRAMES = 3  # that a decay is read from


def bin_modes(waveform: Tensor, sample_rate: float, n_fft: int = 2048, hop: int = 256) -> Modes:
    """A mode per STFT bin, as in the code released with Su et al. 2023 (arXiv 2303.16897).

    Frequency: the largest line of the whole clip's spectrum within half a bin of the bin's centre. Power: that of the
    first frame, half of which lies before the clip. T60: the time to the first frame at `FLOOR`, or the number of
    frames where there is none. Phase: 0. Since only the ratios of the powers are meant, sounds made from these modes
    are to be given the clip's peak.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, n_fft // 2 + 1]` each
    """
    magnitude = _stft(torch.nn.functional.pad(waveform, (n_fft // 2, n_fft // 2)), n_fft, hop)
    loudest = magnitude.amax((1, 2), keepdim=True)
    level = 20 * (magnitude / loudest).log10().clamp_min(FLOOR / 20)  # [clip, bin, frame]
    silent = level <= FLOOR
    frames = torch.where(silent.any(-1), silent.int().argmax(-1), silent.shape[-1])
    full_scale = n_fft / 4  # magnitude of a steady sinusoid of amplitude 1
    return _modes(
        used=(frames > 0) & (loudest[:, :, 0] > 0),
        frequency=_largest_line(waveform, sample_rate, n_fft),
        power=level[..., 0] + 20 * (loudest[:, :, 0] / full_scale).log10(),
        decay=math.log(1000) * sample_rate / (frames * hop),
        phase=torch.zeros_like(level[..., 0]),
    )


def _largest_line(waveform: Tensor, sample_rate: float, n_fft: int) -> Tensor:
    """Hz of the largest line of each clip's spectrum within half a bin of each centre, `[clip, bin]`."""
    n_samples = waveform.shape[-1]
    spectrum = torch.fft.rfft(waveform).abs()
    centre = torch.arange(n_fft // 2 + 1, device=waveform.device) * (n_samples / n_fft)  # in lines
    reach = math.ceil(n_samples / n_fft / 2)
    line = centre.round().long()[:, None] + torch.arange(-reach, reach + 1, device=waveform.device)
    inside = (line >= 0) & (line < spectrum.shape[-1]) & ((line - centre[:, None]).abs() <= n_samples / n_fft / 2)
    near = spectrum[:, line.clamp(0, spectrum.shape[-1] - 1)].masked_fill(~inside, -1.0)  # [clip, bin, line]
    best = near.argmax(-1, keepdim=True)
    best = line.expand(len(waveform), -1, -1).gather(-1, best).squeeze(-1)
    return best * (sample_rate / n_samples)


def peak_modes(waveform: Tensor, sample_rate: float, max_modes: int = 256, n_fft: int = 1024, hop: int = 128) -> Modes:
    """Peaks of the spectrum, each with the decay of its STFT bin.

    The spectrum is that of the whole clip under a window that rises within `RISE` and then falls to the end, both as
    halves of Hann windows: modes are loudest early, and have hardly any side lobes. Frequency: the top of the parabola
    through the logs of a local maximum and its neighbours. Decay: the slope of the line fitted to the log of the
    nearest STFT bin, from the first frame until it sinks to `ABOVE_NOISE` over the median. Power and phase: those that
    give the peak's line its value.

    Raises:
        ValueError: a clip is shorter than `FEWEST_FRAMES` frames.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, mode]` each, loudest peak first, with max_modes modes

    Example:
        >>> from impactsound.physics.modes import render_modes
        >>> tone = Modes(*(torch.tensor([[value]]) for value in (1234.5, -6.0, 20.0, 1.0)))
        >>> found = peak_modes(render_modes(tone, 4000, 16000), 16000, max_modes=1)
        >>> [round(float(field), 1) for field in (found.frequency, found.power, found.decay, found.phase)]
        [1234.5, -6.0, 20.0, 1.0]
    """
    n_samples = waveform.shape[-1]
    if n_samples < n_fft + (FEWEST_FRAMES - 1) * hop:
        raise ValueError(f"peaks with decays need {n_fft + (FEWEST_FRAMES - 1) * hop} samples, got {n_samples}")
    rise, n_lines = round(RISE * sample_rate), ZERO_PADDING * n_samples
    spectrum = torch.fft.rfft(waveform * _window(waveform, rise), n_lines)
    line, offset, used = _peaks(spectrum.abs(), max_modes)
    frequency = (line + offset) * (sample_rate / n_lines)
    decay, fitted = _decays(_stft(waveform, n_fft, hop), (frequency * (n_fft / sample_rate)).round().long())
    decay = decay.clamp_min(0.0) / hop  # per sample
    pole = torch.complex(decay, -offset * (2 * math.pi / n_lines))
    amplitude = 2 * spectrum.gather(-1, line) / _damped_window(pole, n_samples, rise)
    return _modes(
        used=used & fitted,
        frequency=frequency,
        power=20 * amplitude.abs().log10(),
        decay=decay * sample_rate,
        phase=amplitude.angle(),
    )


def _peaks(magnitude: Tensor, max_modes: int) -> tuple[Tensor, Tensor, Tensor]:
    """Line, offset from it in lines and whether there is one, of the highest local maxima, `[clip, mode]` each."""
    tiny = torch.finfo(magnitude.dtype).tiny
    log = magnitude.clamp_min(tiny).log()
    left, top, right = log[:, :-2], log[:, 1:-1], log[:, 2:]
    peak = (top > left) & (top >= right)
    floor = torch.maximum(
        log.median(-1, keepdim=True).values + ABOVE_NOISE * math.log(10) / 20,
        log.amax(-1, keepdim=True) - QUIETEST_PEAK * math.log(10) / 20,
    )
    height = top.masked_fill(~(peak & (top > floor)), -torch.inf)
    height = torch.nn.functional.pad(height, (0, max(0, max_modes - height.shape[-1])), value=-torch.inf)
    best = height.topk(max_modes, dim=-1)
    used = best.values > -torch.inf
    line = best.indices.where(used, 0)
    before, at, after = (part.gather(-1, line) for part in (left, top, right))
    offset = (before - after) / (2 * (before - 2 * at + after)).where(used, 1.0)
    return line + 1, offset.where(used, 0.0), used


def _decays(magnitude: Tensor, bins: Tensor) -> tuple[Tensor, Tensor]:
    """Nepers a frame that each bin `[clip, mode]` falls by, and whether it is above the noise for long enough."""
    log = magnitude.clamp_min(torch.finfo(magnitude.dtype).tiny).log()
    floor = log.flatten(1).median(-1).values[:, None, None] + ABOVE_NOISE * math.log(10) / 20
    track = log.gather(1, bins[..., None].expand(-1, -1, log.shape[-1]))  # [clip, mode, frame]
    heard = (track > floor).cumprod(-1)
    count = heard.sum(-1, keepdim=True)
    frame = torch.arange(track.shape[-1], dtype=track.dtype, device=track.device)
    late = heard * (frame - (heard * frame).sum(-1, keepdim=True) / count.clamp_min(1))
    slope = (late * track).sum(-1) / late.square().sum(-1).clamp_min(0.5)  # two frames have 0.5
    return -slope, count[..., 0] >= FEWEST_FRAMES


def _window(like: Tensor, rise: int) -> Tensor:
    """Half a Hann window up, over rise samples, and half of a longer one down to the end, `[time]`."""
    fall = like.shape[-1] - rise
    up = torch.hann_window(2 * rise, dtype=like.dtype, device=like.device)[:rise]
    down = torch.hann_window(2 * fall, dtype=like.dtype, device=like.device)[fall:]
    return torch.cat([up, down])


def _damped_window(pole: Tensor, n_samples: int, rise: int) -> Tensor:
    """Sum over n of exp(-pole n) times the window."""
    up = _damped_cosine(pole, rise)
    down = _damped_cosine(pole, n_samples - rise)
    return (up[0] - up[1]) / 2 + torch.exp(-pole * rise) * (down[0] + down[1]) / 2


def _damped_cosine(pole: Tensor, n_samples: int) -> tuple[Tensor, Tensor]:
    """Sums over n < n_samples of exp(-pole n), alone and times cos(pi n / n_samples)."""
    turn = 1j * math.pi / n_samples
    cosine = (_geometric(pole + turn, n_samples) + _geometric(pole - turn, n_samples)) / 2
    return _geometric(pole, n_samples), cosine


def _geometric(pole: Tensor, n_samples: int) -> Tensor:
    """Sum over n < n_samples of exp(-pole n)."""
    still = pole.abs() < 1e-12
    pole = pole.masked_fill(still, 1.0)
    return (torch.expm1(-pole * n_samples) / torch.expm1(-pole)).masked_fill(still, n_samples)


def _stft(sound: Tensor, n_fft: int, hop: int) -> Tensor:
    """Magnitudes of the frames that lie inside the sound, `[clip, bin, frame]`."""
    window = torch.hann_window(n_fft, dtype=sound.dtype, device=sound.device)
    return torch.stft(sound, n_fft, hop, window=window, center=False, return_complex=True).abs()


def _modes(used: Tensor, frequency: Tensor, power: Tensor, decay: Tensor, phase: Tensor) -> Modes:
    """Modes with the unused slots as they should be."""
    fields = ((frequency, 0.0), (power, -torch.inf), (decay, 0.0), (phase, 0.0))
    return Modes(*(field.masked_fill(~used, value).to(power.dtype) for field, value in fields))
