"""The simulated corpus on disk: layout, alignment of sound and labels, determinism, truth."""

import math

import numpy as np
import pytest
import soundfile
import torch

from impactsound import store
from impactsound.corpus.release import find_videos
from impactsound.corpus.simulated import PEAK, Simulation, names, simulate
from impactsound.errors import InputError
from impactsound.media.ffmpeg import read_frames
from impactsound.physics.modes import Modes, render_modes

RATE = 22050
SMALL = Simulation(videos=20, hits=2, width=48, height=36, sample_rate=RATE)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two small videos of every material."""
    directory = tmp_path_factory.mktemp("simulated")
    simulate(directory, SMALL, seed=0, workers=2)
    return directory


def times(directory, name):
    """The onsets, s, and the other words of a video's lines."""
    lines = [line.split(" ") for line in (directory / f"{name}_times.txt").read_text().splitlines()]
    return np.array([float(line[0]) for line in lines]), [line[1:] for line in lines]


def test_it_is_laid_out_as_the_release(corpus):
    videos = find_videos(corpus)
    assert len(videos) == 20
    files = {path.name for path in corpus.iterdir()}
    ends = ("denoised.mp4", "denoised.wav", "times.txt", "truth.h5")
    assert files == {"train.txt", "test.txt"} | {f"{v.name}_{end}" for v in videos for end in ends}
    for name, material in names(SMALL).items():
        onset, words = times(corpus, name)
        assert words == [[material, "hit", "static"]] * 2
        assert onset[0] >= 0.5 and 0.5 <= onset[1] - onset[0] <= 0.9
        assert soundfile.info(corpus / f"{name}_denoised.wav").duration >= onset[-1] + 0.6


def test_every_material_is_trained_and_tested_on(corpus):
    material = names(SMALL)
    for part in ("train", "test"):
        listed = (corpus / f"{part}.txt").read_text().split()
        assert {material[name] for name in listed} == set(SMALL.materials)


def test_the_sound_starts_at_the_label(corpus):
    for name in names(SMALL):
        sound, rate = soundfile.read(corpus / f"{name}_denoised.wav")
        onset = times(corpus, name)[0][0]
        assert rate == RATE
        heard = np.argmax(np.abs(sound) > 2e-3) / rate
        assert abs(heard - onset) < 1e-3, name
        before = sound[: math.floor(onset * rate) - 1]
        assert np.abs(before).max() < 1e-3


def test_loudness_is_normalised_per_video(corpus):
    for name in names(SMALL):
        sound, _ = soundfile.read(corpus / f"{name}_denoised.wav")
        assert np.abs(sound).max() == pytest.approx(PEAK, abs=2e-3)


def truth(directory, name):
    """Onsets and modes of a video's hits."""
    with store.open(directory / f"{name}_truth.h5", "truth/1") as file:
        fields = (torch.from_numpy(file[field][:]) for field in ("frequency", "power", "decay", "phase"))
        assert store.clips(file) == [f"{name}/000", f"{name}/001"]
        assert file["point"].shape == (2, 2) and (file["speed"][:] > 0).all()
        assert file.attrs["shape"] in ("bar", "plate", "membrane") and file.attrs["along"] > 0
        return file["onset"][:], Modes(*fields), file.attrs["material"]


def test_the_truth_is_in_the_sound(corpus):
    """What is left when the truth is taken from a ringing thing's sound is far below it."""
    for name, material in names(SMALL).items():
        sound, _ = soundfile.read(corpus / f"{name}_denoised.wav")
        onset, modes, written = truth(corpus, name)
        assert written == material
        np.testing.assert_allclose(onset, times(corpus, name)[0], atol=1e-6)
        first = [round(time * RATE) for time in onset]
        rest = sound.copy()
        for hit, rendered in enumerate(render_modes(modes, len(sound), RATE).numpy()):
            rest[first[hit] :] -= rendered[: len(sound) - first[hit]]
        left = 10 * np.log10((rest**2).sum() / (sound**2).sum())
        assert left < (-15 if material in ("glass", "wood", "metal", "ceramic", "plastic") else -1), material


def test_the_faster_hit_is_the_louder(corpus):
    for name in names(SMALL):
        with store.open(corpus / f"{name}_truth.h5", "truth/1") as file:
            speed, power = file["speed"][:], file["power"][:]
        if speed.max() > 4 * speed.min():
            level = (10 ** (power / 10)).sum(1)
            assert level[speed.argmax()] > level[speed.argmin()]


def test_metal_rings_longest_and_cloth_dies(corpus):
    longest = {}
    for name in names(SMALL):
        _, modes, material = truth(corpus, name)
        used = modes.power > -math.inf
        weight = 10 ** (modes.power[used] / 10)
        mean = (weight * modes.t60[used]).sum() / weight.sum()
        longest[material] = max(longest.get(material, 0), float(mean))
    assert max(longest, key=longest.get) == "metal"
    assert max(longest[soft] for soft in ("cloth", "carpet", "paper")) < 0.5 * longest["glass"]


def test_videos_move_at_the_onset(corpus):
    name = next(iter(names(SMALL)))
    frames = np.stack(list(read_frames(corpus / f"{name}_denoised.mp4", SMALL.frame_rate, 48))).astype(float)
    sound, _ = soundfile.read(corpus / f"{name}_denoised.wav")
    assert len(frames) / SMALL.frame_rate == pytest.approx(len(sound) / RATE, abs=0.01)
    onset = times(corpus, name)[0][0]
    motion = np.abs(np.diff(frames, axis=0)).mean((1, 2, 3))
    moving = (np.argmax(motion[: int((onset + 0.15) * SMALL.frame_rate)]) + 1) / SMALL.frame_rate
    assert abs(moving - onset) < 0.12


def test_the_same_whatever_the_workers_and_the_count(corpus, tmp_path):
    few = Simulation(videos=4, hits=2, width=48, height=36, sample_rate=RATE, materials=("glass", "wood"))
    simulate(tmp_path / "one", few, seed=0, workers=1)
    simulate(tmp_path / "two", few, seed=0, workers=2)
    simulate(tmp_path / "other", few, seed=1, workers=2)
    name = next(iter(names(few)))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    for end in ("denoised.wav", "denoised.mp4", "times.txt"):
        alone = (tmp_path / "one" / f"{name}_{end}").read_bytes()
        assert alone == (corpus / f"{name}_{end}").read_bytes()
        assert alone != (tmp_path / "other" / f"{name}_{end}").read_bytes()


def test_mistakes_are_told_in_one_line(tmp_path):
    with pytest.raises(InputError, match="no simulated 'jelly'; known are glass"):
        simulate(tmp_path, Simulation(materials=("glass", "jelly")), seed=0)
    with pytest.raises(InputError, match=r"videos = 19: too few .* at least 20"):
        simulate(tmp_path, Simulation(videos=19), seed=0)
