"""The plain estimators: single modes to what each method can do, and the released one step by step."""

import math

import numpy as np
import pytest
import scipy.signal
import torch

from impactsound.physics.baselines import bin_modes, peak_modes
from impactsound.physics.modes import Modes, render_modes
from impactsound.seeds import generator

RATE = 44100
N_SAMPLES = 11025
FIELDS = ("frequency", "power", "decay", "phase")


def uniform(low: float, high: float, n: int, name: str) -> torch.Tensor:
    return low + (high - low) * torch.rand(n, 1, generator=generator("baselines", name), dtype=torch.float64)


def lone_modes(n: int = 64) -> Modes:
    """One mode a clip, `[clip, 1]`."""
    return Modes(
        frequency=uniform(math.log(300), math.log(10_000), n, "frequency").exp(),
        power=uniform(-20, 0, n, "power"),
        decay=math.log(1000) / uniform(math.log(0.05), math.log(0.5), n, "t60").exp(),
        phase=uniform(-3, 3, n, "phase"),
    )


def loudest(modes: Modes) -> Modes:
    index = modes.power.argmax(-1, keepdim=True)
    return Modes(*(getattr(modes, name).gather(-1, index) for name in FIELDS))


def test_a_bin_is_as_near_a_lone_mode_as_measured_of_the_released_code():
    """Median errors: 1.1 Hz, and 24 to 54 % of the decay."""
    truth = lone_modes()
    found = loudest(bin_modes(render_modes(truth, N_SAMPLES, RATE), RATE))
    error = (found.frequency - truth.frequency).abs()
    assert error.max() < 4  # a line
    assert error.median() == pytest.approx(1.1, abs=0.2)
    assert 0.24 < (found.decay / truth.decay - 1).abs().median() < 0.54
    assert (found.phase == 0).all()


def test_bins_agree_with_the_steps_one_by_one():
    n_fft, hop = 256, 64
    noise = torch.randn(1, 2000, generator=generator("baselines", "noise"), dtype=torch.float64)
    sound = noise * torch.exp(-0.0038 * torch.arange(2000))
    found = bin_modes(sound, 16000, n_fft, hop)
    x = sound[0].numpy()
    _, _, spectrum = scipy.signal.stft(
        x, nperseg=n_fft, noverlap=n_fft - hop, boundary="zeros", padded=False, scaling="spectrum"
    )
    magnitude = np.abs(spectrum) * n_fft / 2  # SciPy divides by the window's sum
    level = np.maximum(20 * np.log10(magnitude / magnitude.max()), -80)
    lines, line_hz = np.abs(np.fft.rfft(x)), np.fft.rfftfreq(len(x), 1 / 16000)
    n_floored = 0
    for b in range(n_fft // 2 + 1):
        near = np.abs(line_hz - b * 16000 / n_fft) <= 16000 / n_fft / 2
        assert found.frequency[0, b].item() == pytest.approx(line_hz[near][lines[near].argmax()])
        assert 10 ** (found.power[0, b].item() / 20) == pytest.approx(magnitude[b, 0] * 4 / n_fft)
        floor = np.flatnonzero(level[b] == -80)
        frames = floor[0] if len(floor) else level.shape[1]
        n_floored += len(floor) > 0
        assert found.t60[0, b].item() == pytest.approx(frames * hop / 16000)
    assert 10 < n_floored < n_fft // 2  # both ways to end were taken


def test_a_peak_is_a_lone_mode():
    truth = lone_modes()
    found = peak_modes(render_modes(truth, N_SAMPLES, RATE), RATE, max_modes=4)
    assert (found.power[:, 1:] < truth.power - 35).all()  # side lobes of the fastest decays
    near = Modes(*(getattr(found, name)[:, :1] for name in FIELDS))
    assert (near.frequency - truth.frequency).abs().max() < 0.01
    assert (near.decay / truth.decay - 1).abs().max() < 0.01
    assert (near.power - truth.power).abs().max() < 0.01
    assert (near.phase - truth.phase).abs().max() < 0.003


def test_peaks_come_loudest_first_in_noise_which_has_none():
    truth = Modes(
        *(torch.tensor([row]).double() for row in ([440, 1234.5, 3000], [-6, -12, -9], [9, 30, 20], [1, 2, 3]))
    )
    noise = torch.randn(1, N_SAMPLES, generator=generator("baselines", "noise"), dtype=torch.float64)
    found = peak_modes(render_modes(truth, N_SAMPLES, RATE) + 1e-3 * noise, RATE)
    assert found.power.shape == (1, 256)
    assert (found.power[:, 3:] < found.power[:, :1] - 40).all()
    order = [0, 2, 1]
    torch.testing.assert_close(found.frequency[:, :3], truth.frequency[:, order], rtol=0, atol=1.0)
    torch.testing.assert_close(found.decay[:, :3], truth.decay[:, order], rtol=0.05, atol=0)
    assert (peak_modes(noise, RATE).power == -math.inf).all()


def test_the_decay_of_a_peak_is_read_until_it_sinks_into_the_noise_and_no_further():
    strike = render_modes(Modes(*torch.tensor([1000.0, 0.0, 100.0, 0.0]).double()[:, None, None]), N_SAMPLES, RATE)
    again = torch.cat([strike[:, :9000], strike[:, : N_SAMPLES - 9000]], dim=-1)
    noise = torch.randn(1, N_SAMPLES, generator=generator("baselines", "noise"), dtype=torch.float64)
    found = loudest(peak_modes(again + 1e-3 * noise, RATE))
    assert found.decay.item() == pytest.approx(100, rel=0.05)


def test_what_is_over_within_two_frames_is_no_peak():
    click = render_modes(Modes(*torch.tensor([3000.0, 0.0, 2000.0, 0.0]).double()[:, None, None]), N_SAMPLES, RATE)
    noise = torch.randn(1, N_SAMPLES, generator=generator("baselines", "noise"), dtype=torch.float64)
    assert (peak_modes(click + 1e-3 * noise, RATE).power == -math.inf).all()


def test_bins_are_silent_where_the_first_frame_is():
    late = torch.nn.functional.pad(render_modes(lone_modes(3), N_SAMPLES, RATE), (1024, 0))[:, :N_SAMPLES]
    assert (bin_modes(late, RATE).power == -math.inf).all()


@pytest.mark.parametrize("estimate", [bin_modes, peak_modes])
def test_silence_gives_no_modes(estimate):
    found = estimate(torch.zeros(2, N_SAMPLES), RATE)
    assert (found.power == -math.inf).all()
    assert all((getattr(found, name) == 0).all() for name in ("frequency", "decay", "phase"))


@pytest.mark.parametrize("estimate", [bin_modes, peak_modes])
def test_a_batch_is_its_clips_silent_ones_too(estimate):
    sounds = render_modes(lone_modes(3), N_SAMPLES, RATE).float()
    sounds[1] = 0
    batch = estimate(sounds, RATE)
    alone = [estimate(sounds[[clip]], RATE) for clip in range(3)]
    for name in FIELDS:
        field = getattr(batch, name)
        assert field.dtype == torch.float32
        torch.testing.assert_close(field, torch.cat([getattr(one, name) for one in alone]), rtol=2e-3, atol=2e-3)
    assert render_modes(batch, 100, RATE).isfinite().all()


@pytest.mark.parametrize("estimate", [bin_modes, peak_modes])
def test_a_gain_moves_the_powers_alone(estimate):
    sound = render_modes(lone_modes(3), N_SAMPLES, RATE)
    loud, quiet = estimate(sound, RATE), estimate(sound / 100, RATE)
    torch.testing.assert_close(quiet.power, loud.power - 40)
    for name in ("frequency", "decay", "phase"):
        torch.testing.assert_close(getattr(quiet, name), getattr(loud, name))


def test_too_short_a_clip_has_no_decays():
    with pytest.raises(ValueError, match="1280 samples"):
        peak_modes(torch.zeros(1, 1279), RATE)
    assert peak_modes(torch.zeros(1, 1280), RATE, max_modes=5).power.shape == (1, 5)
