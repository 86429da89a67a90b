import pytest
import torch
import torchaudio

from impactsound.config import Clip
from impactsound.physics.modes import Modes, render_modes
from impactsound.vocoder import griffin_lim as module
from impactsound.vocoder.griffin_lim import (
    griffin_lim,
    onset_phase,
    phase_of,
    random_phase,
    sounds,
    spectral_convergence,
    vocode,
)
from impactsound.vocoder.spectrogram import log_spectrogram, stft

CLIP = Clip(sample_rate=16000, n_fft=512, hop=96)
KEYS = ["bell", "cup", "drum"]


def impacts() -> torch.Tensor:
    """Three struck objects of twelve modes each."""
    time = torch.arange(CLIP.n_samples) / CLIP.sample_rate
    draw = torch.rand(3, 3, 12, 1, generator=torch.Generator().manual_seed(1))
    frequency, decay, amplitude = 100 + 4000 * draw[0], 10 + 60 * draw[1], draw[2]
    sound = (amplitude * torch.exp(-decay * time) * torch.cos(2 * torch.pi * frequency * time)).sum(dim=1)
    return sound / sound.abs().amax(dim=1, keepdim=True)


@pytest.fixture(scope="module")
def target() -> torch.Tensor:
    return stft(impacts(), CLIP).abs()


def distance(sound: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return spectral_convergence(stft(sound, CLIP).abs(), target)


@pytest.mark.parametrize("start", ["random", "onset"])
def test_iterations_and_momentum_bring_it_nearer(target, start):
    phase = random_phase(KEYS, CLIP, 0) if start == "random" else onset_phase(CLIP)
    none = distance(griffin_lim(target, CLIP, phase, iterations=0), target)
    slow = distance(griffin_lim(target, CLIP, phase, momentum=0), target)
    fast = distance(griffin_lim(target, CLIP, phase), target)
    assert (fast < slow).all() and (slow < 0.5 * none).all()
    assert fast.max() < 0.15


def test_the_true_phase_gives_the_true_sound(target):
    sound = griffin_lim(target, CLIP, stft(impacts(), CLIP).angle(), iterations=8)
    torch.testing.assert_close(sound, impacts(), rtol=0, atol=1e-4)


def test_its_own_phase_gives_a_sound_back_without_an_iteration():
    sound = impacts()
    found = vocode(log_spectrogram(sound, CLIP), CLIP, phase_of(sound, CLIP), iterations=0)
    torch.testing.assert_close(found, sound, rtol=0, atol=1e-5)


def test_the_phase_of_a_sound_is_that_of_its_stft_whatever_its_gain():
    sound, direction = impacts(), stft(impacts(), CLIP)
    heard = direction.abs() > 1e-3 * direction.abs().amax((1, 2), keepdim=True)
    for gain in (1.0, 1e-3, 30.0):
        turned = torch.polar(direction.abs(), phase_of(gain * sound, CLIP)) - direction
        assert turned[heard].abs().max() < 1e-3


def test_where_a_sound_is_silent_its_phase_is_that_of_the_onset():
    sound = impacts()
    sound[0] = 0
    sound[1, 2000:] *= 1e-9 / sound[1, 2000:].abs().max()  # as rounding would
    phase, wanted = phase_of(sound, CLIP), onset_phase(CLIP)
    silent = slice(2000 // CLIP.hop + 4, None)  # steps whose windows begin later
    assert torch.equal(phase[0], wanted)
    assert torch.equal(phase[1, :, silent], wanted[:, silent])
    assert not torch.equal(phase[2, :, silent], wanted[:, silent])


def test_a_phase_does_not_depend_on_its_batch():
    sound = impacts() * torch.tensor([[1.0], [1e-4], [100.0]])
    torch.testing.assert_close(phase_of(sound, CLIP)[1:2], phase_of(sound[1:2], CLIP), rtol=0, atol=1e-6)


def test_one_iteration_from_the_true_modes_beats_many_from_a_random_phase():
    draw = torch.rand(4, 3, 12, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    modes = Modes(100 + 6000 * draw[0], -30 * draw[1], 5 + 100 * draw[2], 2 * torch.pi * draw[3])
    modal = render_modes(modes, CLIP.n_samples, CLIP.sample_rate).float()
    modal /= modal.abs().amax(dim=1, keepdim=True)
    unknown = 0.003 * torch.randn(modal.shape, generator=torch.Generator().manual_seed(3))
    for sound, margin in ((modal, 80), (modal + unknown, 3)):  # dB
        target = stft(sound, CLIP).abs()
        near = distance(griffin_lim(target, CLIP, phase_of(modal, CLIP), iterations=1), target)
        far = distance(griffin_lim(target, CLIP, random_phase(KEYS, CLIP, 0), iterations=32), target)
        assert 20 * (far / near).log10().mean() > margin


def test_a_sound_after_each_iteration(target):
    phase = random_phase(KEYS, CLIP, 0)
    after = [sound for sound, _ in zip(sounds(target, CLIP, phase), range(4), strict=False)]
    for iterations in (0, 1, 3):
        torch.testing.assert_close(after[iterations], griffin_lim(target, CLIP, phase, iterations))


@pytest.mark.parametrize("momentum", [-0.1, 1.1])
def test_a_momentum_that_is_none_is_refused(target, momentum):
    with pytest.raises(ValueError, match="momentum"):
        griffin_lim(target, CLIP, onset_phase(CLIP), momentum=momentum)


def test_modes_struck_at_once_start_nearer_with_the_onset_phase(target):
    error = [
        (griffin_lim(target, CLIP, phase) - impacts()).square().sum(dim=1)
        for phase in (onset_phase(CLIP), random_phase(KEYS, CLIP, 0))
    ]
    assert (error[0] < 0.6 * error[1]).all()


def test_onset_phase_is_that_of_cosines():
    time = torch.arange(CLIP.n_samples, dtype=torch.float64) / CLIP.sample_rate
    spectrum = stft(torch.cos(2 * torch.pi * 30 * CLIP.bin_width * time), CLIP)
    steps = slice(4, -4)  # whole windows
    found = torch.polar(torch.ones_like(spectrum.real), spectrum.angle())[30, steps]
    wanted = torch.polar(torch.ones(CLIP.n_bins, CLIP.n_steps), onset_phase(CLIP))[30, steps]
    assert (found - wanted).abs().max() < 1e-4


@pytest.mark.parametrize("momentum", [0.0, 0.99])
def test_agrees_with_torchaudio(target, monkeypatch, momentum):
    window = torch.hann_window(CLIP.n_fft)
    reference = torchaudio.functional.griffinlim(
        target, window, CLIP.n_fft, CLIP.hop, CLIP.n_fft, 1.0, 8, momentum, CLIP.n_samples, rand_init=False
    )

    def mirrored(sound, clip):  # torchaudio continues the sound by its mirror image, not by silence
        return torch.stft(sound, clip.n_fft, clip.hop, window=window, pad_mode="reflect", return_complex=True)

    monkeypatch.setattr(module, "stft", mirrored)
    ours = griffin_lim(target, CLIP, torch.zeros(()), iterations=8, momentum=momentum)
    assert (ours - reference).norm() < 2e-3 * reference.norm()


def test_a_clip_does_not_depend_on_its_batch(target):
    together = griffin_lim(target, CLIP, random_phase(KEYS, CLIP, 0, "vocoder"))
    alone = griffin_lim(target[1:2], CLIP, random_phase(KEYS[1:2], CLIP, 0, "vocoder"))
    assert together.shape == (3, CLIP.n_samples)
    torch.testing.assert_close(together[1:2], alone, rtol=0, atol=1e-5)


def test_the_same_seed_gives_the_same_sound_and_another_another(target):
    first, again, other = (griffin_lim(target, CLIP, random_phase(KEYS, CLIP, seed)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other, atol=1e-2)


def test_silence_stays_silent():
    silence = torch.zeros(1, CLIP.n_bins, CLIP.n_steps)
    assert not griffin_lim(silence, CLIP, onset_phase(CLIP)).any()
