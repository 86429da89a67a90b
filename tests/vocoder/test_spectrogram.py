import numpy as np
import pytest
import scipy.signal
import torch

from impactsound.config import Clip
from impactsound.vocoder.spectrogram import istft, log_spectrogram, magnitude, stft

SMALL = Clip(sample_rate=16000, n_fft=512, hop=96)


def sounds(clip: Clip, *leading: int) -> torch.Tensor:
    return 0.3 * torch.randn(*leading, clip.n_samples, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("clip", [Clip(), SMALL])
def test_the_stft_is_scipys(clip):
    sound = sounds(clip)
    *_, reference = scipy.signal.stft(sound.numpy(), nperseg=clip.n_fft, noverlap=clip.n_fft - clip.hop, padded=False)
    reference *= clip.n_fft / 2  # scipy divides by the sum of the window
    ours = stft(sound, clip)
    assert ours.shape == (clip.n_bins, clip.n_steps)
    np.testing.assert_allclose(ours.numpy(), reference, atol=1e-5 * np.abs(reference).max())


@pytest.mark.parametrize("clip", [Clip(), SMALL])
def test_istft_undoes_stft(clip):
    sound = sounds(clip, 2)
    torch.testing.assert_close(istft(stft(sound, clip), clip), sound, rtol=0, atol=1e-5)


def test_magnitude_undoes_the_log():
    sound = sounds(SMALL, 3)
    true = stft(sound, SMALL).abs()
    torch.testing.assert_close(magnitude(log_spectrogram(sound, SMALL), SMALL), true, rtol=1e-5, atol=1e-8)


def test_silence_is_minus_one_and_the_ceiling_one():
    assert (log_spectrogram(torch.zeros(SMALL.n_samples), SMALL) == -1).all()
    assert magnitude(torch.tensor(-1.0), SMALL) == 0
    assert magnitude(torch.tensor(1.0), SMALL) == pytest.approx(SMALL.ceiling, rel=1e-5)
    assert log_spectrogram(1e6 * sounds(SMALL), SMALL).max() == 1


def test_the_papers_range():
    clip = Clip()
    assert np.log(clip.floor) == pytest.approx(-18.420681, abs=1e-6)
    assert np.log(clip.ceiling) == pytest.approx(5.9540715, abs=1e-6)


def test_a_sinusoid_peaks_at_its_bin_with_a_quarter_of_n_fft():
    time = torch.arange(SMALL.n_samples) / SMALL.sample_rate
    tone = torch.cos(2 * torch.pi * 40 * SMALL.bin_width * time)
    middle = magnitude(log_spectrogram(tone, SMALL), SMALL)[:, SMALL.n_steps // 2]
    assert middle.argmax() == 40
    assert float(middle[40]) == pytest.approx(SMALL.n_fft / 4, rel=1e-3)


def test_each_sound_by_itself():
    sound = sounds(SMALL, 2, 3)
    together = log_spectrogram(sound, SMALL)
    assert together.shape == (2, 3, SMALL.n_bins, SMALL.n_steps)
    torch.testing.assert_close(together[1, 2], log_spectrogram(sound[1, 2], SMALL))
