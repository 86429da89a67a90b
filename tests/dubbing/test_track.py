"""Hits are where they belong, an edit of one leaves the others' bits, and memory is that of a block."""

import tracemalloc

import numpy as np
import pytest
import soundfile

from impactsound.dubbing import track as module
from impactsound.dubbing.track import BLOCK, LOOK, SUBTYPE, fitting_gain, write_track
from impactsound.errors import InputError
from impactsound.media.fade import faded
from impactsound.media.ffmpeg import read_sound

RATE = 8000
STEP = 2.0**-23  # of a 24-bit sample


def knock(seed: int, duration: float = 0.3, rate: int = RATE) -> np.ndarray:
    """A decaying noise of peak 1."""
    n = round(duration * rate)
    sound = np.random.default_rng(seed).standard_normal(n) * np.exp(-np.arange(n) / (0.05 * rate))
    return faded(sound / np.abs(sound).max(), rate)


def track(path, hits, duration: float = 2.0, **settings) -> np.ndarray:
    write_track(path, hits, duration, RATE, **settings)
    return soundfile.read(path, always_2d=True)[0]


def test_a_hit_begins_at_its_time_and_has_its_level(tmp_path):
    ones = np.ones(800)
    sound = track(tmp_path / "a.wav", [(0.5, ones, 0.0), (1.0, ones, -20.0)], gain=-6.0)[:, 0]
    expected = np.zeros(16000)
    expected[4000:4800] = 10 ** (-6 / 20)
    expected[8000:8800] = 10 ** (-26 / 20)
    np.testing.assert_allclose(sound, expected, atol=STEP)
    assert soundfile.info(tmp_path / "a.wav").subtype == SUBTYPE


def test_it_is_the_sum_of_its_hits_across_the_blocks(tmp_path):
    random = np.random.default_rng(0)
    duration = 2.5 * BLOCK / RATE
    times = np.sort(random.uniform(0, duration, 50))
    hits = [(time, knock(number), -12.0) for number, time in enumerate(times)]
    expected = np.zeros(round(duration * RATE) + RATE)
    for time, sound, _ in hits:
        expected[round(time * RATE) :][: len(sound)] += sound * 10 ** (-18 / 20)
    assert np.abs(expected).max() < 1
    sound = track(tmp_path / "a.wav", iter(hits), duration)[:, 0]
    np.testing.assert_allclose(sound, expected[: len(sound)], atol=STEP)


def test_what_lies_outside_is_cut(tmp_path):
    ones = np.ones(4000)
    hits = [(-9.0, ones, 0.0), (-0.25, ones, 0.0), (1.75, ones, 0.0), (2.0, ones, 0.0), (7.0, ones, 0.0)]
    sound = track(tmp_path / "a.wav", hits, gain=0.0)[:, 0]
    assert len(sound) == 16000
    assert (np.flatnonzero(sound) == np.r_[0:2000, 14000:16000]).all()
    assert len(track(tmp_path / "b.wav", [], 0.0)) == 0 and not track(tmp_path / "c.wav", []).any()


@pytest.mark.parametrize("gain", [-12.0, 12.0])
def test_an_edit_of_one_hit_leaves_all_other_bits(tmp_path, gain):
    """Even where every hit is limited: the bits differ in the hit's span and the limiter's width about it alone."""
    times = [0.1, 0.25, 0.9, 1.0, 1.15, 1.6]
    hits = [(time, knock(number), 0.0) for number, time in enumerate(times)]
    before = track(tmp_path / "a.wav", hits, gain=gain)
    assert np.abs(before).max() <= 1
    edited = [*hits[:2], (0.9, knock(99, 0.2), 6.0), *hits[3:]]
    changed = np.flatnonzero(before[:, 0] != track(tmp_path / "b.wav", edited, gain=gain)[:, 0]) / RATE
    edge = LOOK if gain > 0 else 0
    assert changed.min() == pytest.approx(0.9, abs=edge + 1 / RATE) and 0.9 - edge <= changed.min()
    assert changed.max() <= 1.2 + edge
    moved = sorted([*hits[:2], (0.93, hits[2][1], 0.0), *hits[3:]], key=lambda hit: hit[0])
    changed = np.flatnonzero(before[:, 0] != track(tmp_path / "c.wav", moved, gain=gain)[:, 0]) / RATE
    assert 0.9 - edge <= changed.min() and changed.max() <= 1.23 + edge


def test_the_same_hits_give_the_same_bytes_and_a_failure_leaves_the_old_file(tmp_path):
    hits = [(0.5, knock(0), 0.0), (0.6, knock(1), 3.0)]
    for name in ("a.wav", "b.wav"):
        track(tmp_path / name, hits)
    before = (tmp_path / "a.wav").read_bytes()
    assert before == (tmp_path / "b.wav").read_bytes()
    with pytest.raises(ValueError, match="sort them"):
        track(tmp_path / "a.wav", hits[::-1])
    with pytest.raises(ValueError, match="not numbers"):
        track(tmp_path / "a.wav", [(0.1, np.array([np.nan]), 0.0)])
    assert (tmp_path / "a.wav").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.wav", "b.wav"]


@pytest.mark.parametrize("mixed", [False, True])
def test_memory_does_not_grow_with_the_duration(tmp_path, mixed):
    """What is traced is numpy's memory: a block's, not ten minutes' of 38 MB as float64."""
    peaks = {}
    for minutes in (1, 10):
        original = None
        if mixed:
            original = tmp_path / "original.wav"
            soundfile.write(original, np.zeros(60 * minutes * RATE, np.int16), RATE)
        hits = ((float(second), knock(second), 0.0) for second in range(60 * minutes))
        tracemalloc.start()
        write_track(tmp_path / "a.wav", hits, 60.0 * minutes, RATE, original=original)
        peaks[minutes] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert soundfile.info(tmp_path / "a.wav").frames == 60 * minutes * RATE
    assert peaks[10] < 1.1 * peaks[1] and peaks[10] < 64 * BLOCK


def test_an_original_is_mixed_in_with_all_that_it_has(tmp_path):
    """At its own rate and in its own channels; where no hit sounds it is as it was, full scale and all."""
    time = np.arange(2 * 48000) / 48000
    level = np.where(time < 0.9, 1.0, 0.5)
    stereo = np.stack([level * np.sin(2 * np.pi * 15000 * time), 0.5 * np.sin(2 * np.pi * 300 * time)], 1)
    soundfile.write(tmp_path / "original.wav", stereo, 48000, subtype="PCM_24")
    tone = faded(np.sin(2 * np.pi * 440 * np.arange(2000) / RATE), RATE)
    sound = track(tmp_path / "a.wav", [(1.0, tone, -20.0)], original=tmp_path / "original.wav")
    assert sound.shape == stereo.shape and soundfile.info(tmp_path / "a.wav").samplerate == 48000
    expected = stereo.copy()
    expected[48000:60000] += 10 ** (-26 / 20) * np.sin(2 * np.pi * 440 * np.arange(12000) / 48000)[:, None]
    apart = np.r_[0:48000, 60000 : 96000 - 100]
    np.testing.assert_allclose(sound[apart], expected[apart], atol=3 * STEP)
    np.testing.assert_allclose(sound[48500:59500], expected[48500:59500], atol=1e-3)


def test_an_original_that_is_short_poor_or_rich(tmp_path):
    soundfile.write(tmp_path / "short.wav", np.full(1000, 0.5), 4000)
    sound = track(tmp_path / "a.wav", [(1.5, np.full(100, 0.5), 0.0)], gain=0.0, original=tmp_path / "short.wav")
    assert sound.shape == (16000, 1)  # at the hits' rate, which is the higher
    assert sound[1000, 0] == pytest.approx(0.5, abs=1e-3) and sound[12050, 0] == 0.5 and not sound[3000:11990].any()
    soundfile.write(tmp_path / "long.wav", np.full(20000, 0.5), RATE)
    assert len(track(tmp_path / "b.wav", [], original=tmp_path / "long.wav")) == 16000
    soundfile.write(tmp_path / "six.wav", np.full((4000, 6), 0.1), RATE)
    assert track(tmp_path / "b.wav", [], original=tmp_path / "six.wav").shape == (16000, 2)
    with pytest.raises(InputError, match=r"absent\.wav: no such file"):
        track(tmp_path / "a.wav", [], original=tmp_path / "absent.wav")


def test_the_first_gain_leaves_room_and_no_single_hit_is_limited(tmp_path):
    assert fitting_gain([0.2, 1.0]) == -6.0 and fitting_gain([]) == -6.0 and fitting_gain([0.0]) == -6.0
    gain = fitting_gain([1.0, 7.3])
    assert gain == -17.3 and 7.3 * 10 ** (gain / 20) <= 1
    loud = knock(0)
    sound = track(tmp_path / "a.wav", [(0.1, loud, 20 * np.log10(7.3))], gain=gain)[:, 0]
    np.testing.assert_allclose(sound[800 : 800 + len(loud)], 7.3 * 10 ** (gain / 20) * loud, atol=STEP)


def test_a_track_too_long_for_a_wav_is_one_of_64_bits(tmp_path, monkeypatch):
    expected = track(tmp_path / "a.wav", [(0.5, knock(0), 0.0)])
    monkeypatch.setattr(module, "LARGEST", 0)
    assert (track(tmp_path / "b.wav", [(0.5, knock(0), 0.0)]) == expected).all()
    assert soundfile.info(tmp_path / "b.wav").format == "RF64"
    np.testing.assert_allclose(read_sound(tmp_path / "b.wav", RATE), expected[:, 0], atol=1e-6)


def test_a_rate_that_nobody_hears_is_not_kept(tmp_path):
    """A file may say that it has thousands of millions of samples a second."""
    soundfile.write(tmp_path / "fast.wav", np.zeros(1000), 1_000_000_000)
    track(tmp_path / "out.wav", [], duration=0.01, original=tmp_path / "fast.wav")
    assert soundfile.info(tmp_path / "out.wav").samplerate == module.HIGHEST
