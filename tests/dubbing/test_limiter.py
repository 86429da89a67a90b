"""No sample exceeds the ceiling, nothing far from a peak is touched, and blocks are as good as the whole."""

import numpy as np
import pytest
from scipy.signal import chirp

from impactsound.dubbing.limiter import gain, hann, limited

HALF = 40


def whole(sound: np.ndarray, half: int = HALF, ceiling: float = 1.0) -> np.ndarray:
    return np.concatenate(list(limited([sound], half, ceiling)))


def loud(n: int = 4000, channels: int = 1) -> np.ndarray:
    """Noise with bursts up to some 12 dB above full scale."""
    random = np.random.default_rng(1)
    level = np.where(random.random((n, 1)) > 0.995, 2.0, 0.2)
    return level * random.standard_normal((n, channels))


@pytest.mark.parametrize("half", [1, 2, 40, 333])
@pytest.mark.parametrize("ceiling", [1.0, 0.5])
def test_no_sample_exceeds_the_ceiling_and_each_keeps_its_sign(half, ceiling):
    sound = loud(channels=2)
    limited_sound = whole(sound, half, ceiling)
    assert limited_sound.shape == sound.shape
    assert np.abs(sound).max() > 3 and np.abs(limited_sound).max() <= ceiling
    assert (np.sign(limited_sound) == np.sign(sound)).all()
    lowered = gain(sound, half, ceiling)[:, None] * sound
    assert np.abs(lowered).max() <= ceiling * (1 + 1e-12)  # before anything is clipped


def test_the_gain_of_one_peak_is_the_sum_of_the_window_up_to_it():
    """Of a box of 2 h + 1 samples through the window: 1 - (1 - 1 / a) times the cumulated weights."""
    sound = np.zeros((1000, 1))
    sound[500] = 4.0
    cumulated = np.cumsum(hann(HALF))
    expected = np.ones(1000)
    expected[500 - 2 * HALF : 501] = 1 - 0.75 * cumulated
    expected[500 : 501 + 2 * HALF] = 1 - 0.75 * cumulated[::-1]
    np.testing.assert_allclose(gain(sound, HALF, 1.0), expected, atol=1e-12)
    assert cumulated[-1] == pytest.approx(1, abs=1e-12)


def test_far_from_a_peak_every_bit_is_kept():
    sound = 0.3 * np.random.default_rng(2).standard_normal((3000, 1)).clip(-3, 3)
    sound[1500] = -5.0
    touched = np.flatnonzero(whole(sound)[:, 0] != sound[:, 0])
    assert touched.min() == 1500 - 2 * HALF and touched.max() == 1500 + 2 * HALF


def test_what_does_not_exceed_the_ceiling_is_not_touched():
    sound = np.linspace(-1, 1, 5001)[:, None]
    assert (whole(sound) == sound).all()


@pytest.mark.parametrize("size", [1, 7, 79, 80, 81, 160, 1000, 4000])
def test_blocks_give_the_bits_of_the_whole(size):
    sound = loud(4000 if size > 1 else 700, channels=2)
    pieces = [sound[start : start + size] for start in range(0, len(sound), size)]
    blocks = list(limited(pieces, HALF))
    assert (np.concatenate(blocks) == whole(sound)).all()
    assert max(map(len, blocks)) <= max(size, len(sound) if size >= len(sound) else size + 2 * HALF)


def test_the_gain_has_no_steps():
    slope = np.abs(np.diff(gain(100 * loud(), HALF, 1.0)))
    assert 0 < slope.max() <= 1 / (HALF + 1)


def test_a_tone_too_loud_is_turned_down_as_one_piece():
    """Where the peaks follow within the window, the gain is even: a tone stays a tone, and is not clipped."""
    time = np.arange(16000) / 16000
    tone = 4 * chirp(time, 200, 1, 200)[:, None]
    middle = whole(tone, half=80)[4000:12000, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    distortion = spectrum[np.abs(np.fft.rfftfreq(len(middle), 1 / 16000) - 200) > 20].max() / spectrum.max()
    assert np.abs(middle).max() == pytest.approx(1, abs=1e-6) and distortion < 1e-5


def test_channels_are_turned_down_together():
    sound = loud(channels=2)
    ratio = whole(sound) / sound
    np.testing.assert_allclose(ratio[:, 0], ratio[:, 1], rtol=1e-12)


def test_nothing_gives_nothing_and_no_width_is_an_error():
    assert list(limited([], HALF)) == []
    with pytest.raises(ValueError, match="at least 1"):
        list(limited([np.zeros((3, 1))], 0))
