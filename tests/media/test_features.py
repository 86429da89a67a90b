"""Each measure is librosa's, and has its closed form on sounds that have one."""

import math

import librosa
import numpy as np
import pytest
import torch

from impactsound.config import Clip
from impactsound.media import features as module
from impactsound.media.features import features, mfcc, mfcc_steps, octave_bins, slope, spectral, spectral_steps

SMALL = Clip(sample_rate=16000, n_fft=512, hop=128)
CLIPS = pytest.mark.parametrize("clip", [Clip(), SMALL, Clip(sample_rate=16000, duration=0.2, n_fft=512, hop=96)])


def seconds(clip):
    return torch.arange(clip.n_samples) / clip.sample_rate


def strikes(clip, clips=3):
    """Decaying tones in decaying noise, each sound another."""
    draw, time = torch.Generator().manual_seed(0), seconds(clip)
    tone = torch.rand(clips, 1, generator=draw)
    noise = torch.randn(clips, clip.n_samples, generator=draw)
    return 0.3 * torch.exp(-20 * tone * time) * (torch.sin(2 * math.pi * (500 + 3000 * tone) * time) + 0.3 * noise)


def close(ours, theirs, share=1e-4):
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=share * np.abs(theirs).max())


def measures(sound, clip):
    """`spectral_steps` by name, each `[clip, ..., step]`."""
    centroid, bandwidth, rolloff, flatness, *contrast, crossings, level = spectral_steps(sound, clip).unbind(1)
    names = ("centroid", "bandwidth", "rolloff", "flatness", "contrast", "crossings", "level")
    values = (centroid, bandwidth, rolloff, flatness, torch.stack(contrast, 1), crossings, level)
    return dict(zip(names, values, strict=True))


@CLIPS
def test_mfccs_are_librosas(clip):
    sound = strikes(clip)
    settings = {"sr": clip.sample_rate, "n_fft": clip.n_fft, "hop_length": clip.hop, "pad_mode": "constant"}
    close(mfcc_steps(sound, clip), librosa.feature.mfcc(y=sound.numpy(), n_mfcc=20, n_mels=40, **settings))


@CLIPS
def test_the_spectrums_measures_are_librosas(clip):
    sound = strikes(clip)
    ours, time = measures(sound, clip), {"n_fft": clip.n_fft, "hop_length": clip.hop}
    given = {"y": sound.numpy(), "sr": clip.sample_rate, "pad_mode": "constant"} | time
    close(ours["centroid"], librosa.feature.spectral_centroid(**given)[:, 0])
    close(ours["bandwidth"], librosa.feature.spectral_bandwidth(**given)[:, 0])
    close(ours["rolloff"], librosa.feature.spectral_rolloff(**given, roll_percent=0.85)[:, 0])
    del given["sr"]
    close(ours["flatness"], librosa.feature.spectral_flatness(**given)[:, 0])


@CLIPS
def test_contrast_is_librosas(clip):
    sound = strikes(clip)
    power = np.abs(librosa.stft(sound.numpy(), n_fft=clip.n_fft, hop_length=clip.hop, pad_mode="constant")) ** 2
    octaves = len(octave_bins(clip)) - 2
    theirs = librosa.feature.spectral_contrast(S=power, sr=clip.sample_rate, n_bands=octaves, fmin=200.0)
    ours = measures(sound, clip)["contrast"].numpy()
    # librosa takes its 2 % of one bin more in all bands but the last, which can round to another count
    same = [round(0.02 * bins) == round(0.02 * (bins + 1)) for bins in np.diff(octave_bins(clip))]
    assert sum(same) >= octaves
    close(torch.from_numpy(ours[:, same]), theirs[:, same])


@CLIPS
def test_crossings_and_level_are_librosas(clip):
    sound = strikes(clip)
    ours, frames = measures(sound, clip), {"frame_length": clip.n_fft, "hop_length": clip.hop}
    close(ours["crossings"], librosa.feature.zero_crossing_rate(sound.numpy(), **frames)[:, 0])
    level = 20 * np.log10(librosa.feature.rms(y=sound.numpy(), pad_mode="constant", **frames)[:, 0])
    close(ours["level"], level)


def test_a_tone():
    frequency = 64 * SMALL.bin_width
    found = measures(torch.sin(2 * math.pi * frequency * seconds(SMALL))[None], SMALL)
    middle = {name: values[0, ..., SMALL.n_steps // 2] for name, values in found.items()}
    assert float(middle["centroid"]) == pytest.approx(frequency, rel=1e-3)
    assert float(middle["bandwidth"]) < 3 * SMALL.bin_width
    assert abs(float(middle["rolloff"]) - frequency) <= SMALL.bin_width
    assert float(middle["flatness"]) < 1e-3
    assert float(middle["crossings"]) == pytest.approx(2 * frequency / SMALL.sample_rate, rel=0.02)
    assert float(middle["level"]) == pytest.approx(10 * math.log10(0.5), abs=0.01)
    assert int(middle["contrast"].argmax()) == np.searchsorted(octave_bins(SMALL), 64, side="right") - 1


def test_white_noise_is_flat():
    found = measures(torch.randn(20, SMALL.n_samples, generator=torch.Generator().manual_seed(0)), SMALL)
    assert float(found["centroid"].mean()) == pytest.approx(SMALL.sample_rate / 4, rel=0.02)
    assert float(found["rolloff"].mean()) == pytest.approx(0.85 * SMALL.sample_rate / 2, rel=0.02)
    # power is exponentially distributed: exp(E log) / E = exp(-gamma)
    assert float(found["flatness"].mean()) == pytest.approx(math.exp(-0.5772), rel=0.02)
    assert float(found["crossings"][..., 2:-2].mean()) == pytest.approx(0.5, rel=0.02)


def test_an_exponential_dies_at_its_decay():
    decay = torch.tensor([[10.0], [20.0]])
    clip = Clip(sample_rate=16000, duration=0.5, n_fft=256, hop=64)
    noise = torch.randn(1, clip.n_samples, generator=torch.Generator().manual_seed(0)).sign()
    *_, level, centroid = spectral(noise * torch.exp(-decay * seconds(clip)), clip).unbind(1)
    np.testing.assert_allclose(level, -decay[:, 0] * 20 / math.log(10), rtol=0.02)
    np.testing.assert_allclose(centroid, 1 / (2 * decay[:, 0]), rtol=0.02)


def test_twice_as_loud_is_6_db_and_the_same_in_all_else():
    sound, gain = strikes(SMALL), 20 * math.log10(2)
    change = mfcc(2 * sound, SMALL) - mfcc(sound, SMALL)
    np.testing.assert_allclose(change[:, 0], gain * math.sqrt(40), rtol=1e-4)  # of the orthonormal transform
    assert change[:, 1:].abs().max() < 1e-2
    before, after = measures(sound, SMALL), measures(2 * sound, SMALL)
    np.testing.assert_allclose(after.pop("level") - before.pop("level"), gain, rtol=1e-4)
    for name in before:
        torch.testing.assert_close(after[name], before[name], rtol=1e-3, atol=1e-2)


@CLIPS
def test_silence_is_finite_and_has_no_slope(clip):
    found = features(torch.zeros(2, clip.n_samples), clip)
    assert found["mfcc"].shape == (2, 60) and found["mfcc"].isfinite().all()
    level = -100.0
    bands = len(octave_bins(clip)) - 1
    mean = [0, 0, 0, 1, *[0] * bands, 0, level]
    expected = torch.tensor([*mean, *[0] * len(mean), 0, 0]).expand(2, -1)
    torch.testing.assert_close(found["spectral"], expected, rtol=1e-5, atol=1e-3)


def test_a_sound_that_ends_in_silence_is_finite():
    sound = strikes(SMALL)
    sound[:, SMALL.n_samples // 2 :] = 0
    assert all(values.isfinite().all() for values in features(sound, SMALL).values())


def test_each_sound_by_itself_whatever_its_batch(monkeypatch):
    sound = strikes(SMALL, 5) * torch.tensor([1.0, 1e-6, 0.0, 1e3, 1.0])[:, None]
    together = features(sound, SMALL)
    monkeypatch.setattr(module, "BATCH", 2)
    parts = features(sound, SMALL)
    for name, values in together.items():
        alone = torch.cat([features(one[None], SMALL)[name] for one in sound])
        torch.testing.assert_close(values, alone, rtol=1e-4, atol=1e-3)
        torch.testing.assert_close(values, parts[name], rtol=1e-4, atol=1e-3)


def test_what_is_told_of_the_coefficients():
    sound = strikes(SMALL)
    steps, time = mfcc_steps(sound, SMALL).numpy(), np.arange(SMALL.n_steps) * SMALL.hop / SMALL.sample_rate
    line = np.polyfit(time, steps.reshape(-1, SMALL.n_steps).T, 1)[0].reshape(3, 20)
    close(mfcc(sound, SMALL), np.concatenate([steps.mean(-1), steps.std(-1), line], axis=1))


def test_what_is_told_of_the_measures():
    sound = strikes(SMALL)
    steps = spectral_steps(sound, SMALL).numpy()
    told = spectral(sound, SMALL)
    assert told.shape == (3, 2 * steps.shape[1] + 2)
    np.testing.assert_allclose(told[:, :-2], np.concatenate([steps.mean(-1), steps.std(-1)], axis=1), rtol=1e-3)


def test_slope_of_a_line_and_of_a_single_step():
    time = torch.arange(SMALL.n_steps) * SMALL.hop / SMALL.sample_rate
    torch.testing.assert_close(slope(3 - 7 * time, SMALL), torch.tensor(-7.0))
    assert slope(torch.ones(2, 1), SMALL).tolist() == [0, 0]


@pytest.mark.parametrize("clip", [Clip(), SMALL, Clip(sample_rate=8000, n_fft=32, hop=16)])
def test_the_bands_are_octaves_without_gaps(clip):
    bins = octave_bins(clip)
    assert bins[0] == 0 and bins[-1] == clip.n_bins and all(np.diff(bins) > 0)
    edges = np.array(bins[1:-1]) * clip.bin_width
    octaves = 200 * 2.0 ** np.arange(-1, 10)
    assert all(np.abs(octaves - edge).min() < clip.bin_width for edge in edges)
