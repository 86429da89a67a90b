"""Loudness is that of BS.1770, by another implementation of it and by its own calibration."""

import numpy as np
import pytest
import soundfile
import torch
from scipy.signal import resample_poly
from torchaudio.functional import loudness as reference  # clips what its filters bring above full scale

from impactsound.dubbing.loudness import gain_for, loudness
from impactsound.errors import InputError


def written(path, sound: np.ndarray, sample_rate: int):
    soundfile.write(path, sound, sample_rate, subtype="FLOAT")
    return path


def tone(frequency: float, sample_rate: int, duration: float = 3.0) -> np.ndarray:
    return np.sin(2 * np.pi * frequency * np.arange(round(duration * sample_rate)) / sample_rate)


def sounds():
    random = np.random.default_rng(0)
    noise = 0.1 * random.standard_normal(4 * 48000)
    hits = np.zeros(6 * 48000)
    for start in (0, 90000, 200000):
        hits[start : start + 24000] = 0.05 * np.exp(-np.arange(24000) / 3000) * random.standard_normal(24000)
    return {
        "noise": noise,
        "tone": 0.1 * tone(997, 48000),
        "low": 0.1 * tone(60, 48000),
        "hits": hits,
        "stereo": np.stack([noise, 0.3 * noise[::-1]], 1),
    }


@pytest.mark.parametrize("name", ["noise", "tone", "low", "hits", "stereo"])
def test_it_is_that_of_another_implementation(tmp_path, name):
    sound = sounds()[name]
    expected = reference(torch.from_numpy(np.atleast_2d(sound.T).copy()), 48000).item()
    assert loudness(written(tmp_path / "a.wav", sound, 48000)) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("sample_rate", [8000, 11025, 16000, 44100, 48000])
def test_a_tone_of_997_hz_at_full_scale_has_its_power_in_lufs(tmp_path, sample_rate):
    """-3.01 LUFS is what the standard's constant of -0.691 dB is for, whatever the sample rate."""
    path = written(tmp_path / "a.wav", 0.1 * tone(997, sample_rate), sample_rate)
    assert loudness(path) == pytest.approx(-23.01, abs=0.05)


@pytest.mark.parametrize("sample_rate", [8000, 16000])
def test_a_low_rate_is_heard_as_the_same_sound_at_a_high_one(tmp_path, sample_rate):
    sound = 0.1 * np.random.default_rng(1).standard_normal(3 * sample_rate)
    upsampled = resample_poly(sound, 48000 // sample_rate, 1)
    expected = reference(torch.from_numpy(upsampled)[None], 48000).item()
    assert loudness(written(tmp_path / "a.wav", sound, sample_rate)) == pytest.approx(expected, abs=0.1)


def test_silence_around_a_sound_does_not_count(tmp_path):
    hit = sounds()["noise"]
    alone = loudness(written(tmp_path / "a.wav", hit, 48000))
    padded = np.concatenate([np.zeros(20 * 48000), hit, np.zeros(20 * 48000)])
    assert loudness(written(tmp_path / "b.wav", padded, 48000)) == pytest.approx(alone, abs=0.5)


def test_the_gain_brings_it_there(tmp_path):
    noise = sounds()["noise"]
    gain = gain_for(written(tmp_path / "a.wav", noise, 48000), -30.0)
    path = written(tmp_path / "b.wav", noise * 10 ** (gain / 20), 48000)
    assert loudness(path) == pytest.approx(-30, abs=0.05) and gain_for(path, -30.0) == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("sound", [np.zeros(48000), 1e-5 * np.ones(48000), np.ones(4800), np.zeros(0)])
def test_what_is_not_heard_has_no_loudness(tmp_path, sound):
    path = written(tmp_path / "a.wav", sound, 48000)
    assert loudness(path) is None and gain_for(path, -23.0) is None


def test_a_file_without_sound_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"absent\.wav: no such file"):
        loudness(tmp_path / "absent.wav")
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(InputError, match=r"text\.wav: cannot be read"):
        loudness(tmp_path / "text.wav")
