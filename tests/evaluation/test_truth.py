"""The true modes of a clip, rendered, are the clip: as cut from its video, scaled, and with earlier hits in it."""

import math
import re

import numpy as np
import pandas as pd
import pytest
import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.manifest import build_manifest
from impactsound.corpus.simulated import Simulation, simulate
from impactsound.errors import InputError
from impactsound.evaluation.physics import PASSED
from impactsound.evaluation.truth import true_modes
from impactsound.media.extract import extract
from impactsound.media.window import first_sample
from impactsound.physics.modes import Modes, render_modes

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64, frames=4, frame_size=16)
HITS = {"a": [0.3, 0.6, 0.9], "b": [0.25]}  # s; in the first video hits still ring when the next one falls
MODES = {"a": 5, "b": 3}


def drawn(video: str) -> Modes:
    """Modes of a video's hits, `[hit, mode]`: the same frequencies and decays, everything else of its own."""
    hits, count = len(HITS[video]), MODES[video]
    draw = torch.rand(4, hits, count, generator=torch.Generator().manual_seed(count), dtype=torch.float64)
    frequency, decay = (200 + 3000 * draw[0, :1]).expand(hits, -1), (2 + 20 * draw[1, :1]).expand(hits, -1)
    power = -40 * draw[2]
    power[-1, 0] = -math.inf  # struck at a node
    left = power == -math.inf
    return Modes(frequency.masked_fill(left, 0), power, decay.masked_fill(left, 0), 6 * draw[3])


def write(folder, video: str, onset) -> None:
    modes = drawn(video)
    with store.create(folder / f"{video}_truth.h5", "truth/1", {}, {}) as file:
        store.write_clips(file, [f"{video}/{hit:03d}" for hit in range(len(onset))])
        for field in ("frequency", "power", "decay", "phase"):
            file[field] = getattr(modes, field).numpy()
        file["onset"] = np.asarray(onset)


def recording(video: str) -> np.ndarray:
    """The sound of all hits of a video, `[time]`."""
    sound, modes = np.zeros(2 * CLIP.sample_rate), drawn(video)
    for hit, onset in enumerate(HITS[video]):
        one = Modes(*(getattr(modes, field)[hit] for field in ("frequency", "power", "decay", "phase")))
        start = round(onset * CLIP.sample_rate)
        sound[start:] += render_modes(one, len(sound) - start, CLIP.sample_rate).numpy()
    return sound


@pytest.fixture
def corpus(tmp_path):
    """A folder of truth, and the manifest's rows of its hits, not in their order."""
    for video, onset in HITS.items():
        write(tmp_path, video, onset)
    rows = [(f"{video}/{hit:03d}", video, time) for video in HITS for hit, time in enumerate(HITS[video])]
    return tmp_path, pd.DataFrame(rows[::-1], columns=["clip", "video", "onset"])


def cut(rows: pd.DataFrame) -> tuple[torch.Tensor, torch.Tensor]:
    """Sounds of clips, scaled to a peak of 1, and their peaks."""
    starts = [first_sample(onset, CLIP) for onset in rows["onset"]]
    sounds = [
        recording(video)[start : start + CLIP.n_samples] for video, start in zip(rows["video"], starts, strict=True)
    ]
    sound = torch.from_numpy(np.stack(sounds))
    peak = sound.abs().amax(-1)
    return sound / peak[:, None], peak


def test_the_true_modes_rendered_are_the_clip_with_what_earlier_hits_left(corpus):
    folder, rows = corpus
    sound, peak = cut(rows)
    modes = true_modes(rows, folder, CLIP, peak, torch.zeros(len(rows)))
    assert torch.allclose(render_modes(modes, CLIP.n_samples, CLIP.sample_rate), sound, atol=1e-9)
    assert (modes.power[rows["video"] == "b", 3:] == -math.inf).all()  # the slots that the other video has more


def test_a_later_start_is_later_in_the_same_sound(corpus):
    folder, rows = corpus
    sound, peak = cut(rows)
    start = torch.tensor([0.0, 0.01, 0.002, 0.02], dtype=torch.float64)
    modes = true_modes(rows, folder, CLIP, peak, start)
    rendered = render_modes(modes, CLIP.n_samples, CLIP.sample_rate, start)
    late = torch.arange(CLIP.n_samples) >= (start * CLIP.sample_rate).round()[:, None]
    assert torch.allclose(rendered, torch.where(late, sound, 0), atol=1e-9)


def test_a_silent_clip_has_no_true_modes(corpus):
    folder, rows = corpus
    modes = true_modes(rows, folder, CLIP, torch.zeros(len(rows)), torch.zeros(len(rows)))
    assert (modes.power == -math.inf).all()


@pytest.mark.parametrize("late", [1e-3, -1e-3, 0.2])
def test_a_hit_that_is_not_where_the_manifest_says_is_named(corpus, late):
    folder, rows = corpus
    write(folder, "a", np.add(HITS["a"], [0, late, 0]))
    with pytest.raises(InputError, match=re.escape(f"{folder / 'a_truth.h5'}: has no hit at 0.600000 s")):
        true_modes(rows, folder, CLIP, torch.ones(len(rows)), torch.zeros(len(rows)))


def test_a_video_without_truth_is_named(corpus):
    folder, rows = corpus
    (folder / "b_truth.h5").unlink()
    with pytest.raises(InputError, match=re.escape(f"{folder / 'b_truth.h5'}: no such file")):
        true_modes(rows, folder, CLIP, torch.ones(len(rows)), torch.zeros(len(rows)))


def test_the_truth_of_a_simulated_corpus_is_in_its_clips(tmp_path):
    """Cut, resampled and scaled by the workflow's own code, metal is its true modes down to contact noise and room."""
    simulate(
        tmp_path / "videos",
        Simulation(videos=2, hits=3, width=32, height=32, materials=("metal",), test=0.0),
        seed=0,
    )
    clip = Clip(sample_rate=16000, frames=4, frame_size=16)
    rows, _ = build_manifest("simulated", tmp_path / "videos", clip, test=0.0)
    extract(rows, clip, tmp_path / "clips.h5")
    sound, peak = map(
        torch.from_numpy, store.read(tmp_path / "clips.h5", "clips/1", "sound", "peak", clip=rows["clip"])
    )
    assert peak.min() < 0.5
    modes = true_modes(rows, tmp_path / "videos", clip, peak, torch.zeros(len(rows)))
    modes.power[modes.frequency > PASSED * clip.sample_rate] = -math.inf
    left = sound - render_modes(modes, clip.n_samples, clip.sample_rate)
    assert (10 * (left.square().sum(-1) / sound.square().sum(-1)).log10() < -12).all()
