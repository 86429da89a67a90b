"""A copy is known for one, at any gain and with any phase; what is as far as real test sounds are is none."""

import numpy as np
import pytest
import torch

from impactsound.config import Clip
from impactsound.evaluation.copies import FLOOR, copies_table, nearest, representation

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)


def struck(clips, seed, phase=0.0):
    """Decaying tones of random frequencies."""
    random = np.random.default_rng(seed)
    frequency, decay = random.uniform(200, 3500, (clips, 3, 1)), random.uniform(20, 80, (clips, 3, 1))
    time = np.arange(CLIP.n_samples) / CLIP.sample_rate
    return (np.exp(-decay * time) * np.sin(2 * np.pi * frequency * time + phase)).sum(1).astype(np.float32)


def distance(sound, training):
    return nearest(*(representation(torch.from_numpy(each).float(), CLIP) for each in (sound, training)))


def test_a_copy_is_at_no_distance_at_any_gain_or_sign():
    training = struck(20, 0)
    copied = training[[3, 7, 7]]
    assert distance(copied, training).tolist() == [0, 0, 0]
    assert distance(copied * np.array([[0.01], [3.0], [-1.0]], np.float32), training).max() < 1e-3
    assert distance(struck(5, 1), training).min() > 3


def test_the_phase_is_hardly_seen():
    training = struck(20, 0)
    again, others = distance(struck(20, 0, phase=1.0), training), distance(struck(20, 1), training)
    assert again.max() < others.min() and again.median() < others.median() / 4


def test_the_distance_is_the_least_root_mean_square_of_decibels():
    one, other = torch.zeros(2, 4), torch.tensor([[3.0, 3, 3, 3], [0, 2, 0, 0]])
    assert nearest(one, other).tolist() == [1, 1]
    with pytest.raises(ValueError, match="cannot be compared"):
        nearest(one, other[:0])


def test_silence_is_at_the_floor():
    assert (representation(torch.zeros(1, CLIP.n_samples), CLIP) == FLOOR).all()


def test_the_table_tells_copies_from_others():
    real, training = struck(40, 0), struck(100, 1)
    half = np.where(np.arange(40)[:, None] < 20, training[:40], struck(40, 2))
    sounds = {"copy": [training[:40]], "half": [half, half[::-1].copy()], "other": [struck(40, 3)]}
    table = copies_table(real, sounds, training, np.arange(40) // 4, CLIP, 0).set_index("system")
    assert table.index.tolist() == ["real", "copy", "half", "other"]
    assert table.loc["copy", "distance"] == 0 and table.loc["copy", "nearer"] == 1
    assert table.loc["half", "nearer"] == pytest.approx(0.5, abs=0.06)
    assert table.loc["half", "nearer_low"] < table.loc["half", "nearer"] < table.loc["half", "nearer_high"]
    assert table.loc["real", "nearer"] == pytest.approx(0.05) and table.loc["other", "nearer"] < 0.2
    assert (table["real_distance"] == table.loc["real", "distance"]).all()
    assert set(table["n"]) == {40} and set(table["training"]) == {100} and table["seeds"].tolist() == [1, 1, 2, 1]


def test_real_is_measured_from_the_real_sounds_once():
    real, training = struck(20, 0), struck(30, 1)
    table = copies_table(real, {"real": [real], "x": [real]}, training, np.arange(20), CLIP, 0)
    assert table["system"].tolist() == ["real", "x"]
    assert table.iloc[0, 1:].tolist() == table.iloc[1, 1:].tolist()
