"""A network learns to tell hits from what moves at them, through the file of features."""

import numpy as np
import pytest
import torch

from impactsound import store
from impactsound.onset.events import WIDTH, Events
from impactsound.onset.features import PARTS as FEATURES
from impactsound.onset.features import SCHEMA, Features
from impactsound.onset.motion import ACROSS, CHANNELS, DOWN, GRID
from impactsound.onset.network import REACH, OnsetNetwork
from impactsound.onset.training import (
    LENGTH,
    Examples,
    choose_threshold,
    parts,
    train_detector,
    varied,
    video_logits,
)
from impactsound.training import Training

RATE, DIM, VIDEOS, N = 30.0, 4, 12, 90


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Videos in which a few cells move down before a hit and up after it, among noise."""
    path = tmp_path_factory.mktemp("onset") / "features.h5"
    rng = np.random.default_rng(0)
    motion = 0.02 * rng.standard_normal((VIDEOS, N, len(CHANNELS), GRID, GRID))
    hits = [np.sort(rng.choice(np.arange(3, 9), 3, replace=False)) / 3 + rng.uniform(-0.1, 0.1) for _ in range(VIDEOS)]
    middle = (np.arange(N) - 0.5) / RATE  # a motion lies between two frames
    for video, times in enumerate(hits):
        row, column = (slice(place, place + 4) for place in rng.integers(0, GRID - 4, 2))
        since = middle[:, None] - times
        turn = np.where(np.abs(since) < 0.15, np.sign(since), 0).sum(1)[:, None, None]
        motion[video, :, DOWN, row, column] += 0.2 * turn
        motion[video, :, DOWN + 1, row, column] += 0.2 * np.abs(turn)
    names = [f"v{video}" for video in range(VIDEOS)]
    flat = {
        "change": 0.1 * rng.standard_normal((VIDEOS * N, DIM)),
        "motion": motion.reshape(-1, len(CHANNELS), GRID, GRID),
    }
    with store.create(path, SCHEMA, {}, {}) as file:
        store.write_clips(file, names)
        file.create_dataset("length", data=np.full(VIDEOS, N))
        file.create_dataset("pace", data=np.ones(VIDEOS))
        for name in FEATURES:
            file.create_dataset(name, data=flat[name].astype(np.float16))
    events = [Events("", times, np.zeros(0)) for times in hits]
    with store.open(path, SCHEMA) as file:
        halves = (names[:8], events[:8]), (names[8:], events[8:])
        yield [Examples(Features(file, some), those, RATE) for some, those in halves]


@pytest.fixture(scope="module")
def trained(examples, tmp_path_factory):
    torch.manual_seed(0)
    network = OnsetNetwork(DIM, width=8)
    settings = Training(steps=60, batch=8, learning_rate=1e-2, warmup=5, validate_every=30)
    return network, train_detector(network, *examples, settings, tmp_path_factory.mktemp("run"), (0, "onset"))


def test_it_finds_the_hits_of_other_videos_between_the_frames(examples, trained):
    network, history = trained
    _, validation = examples
    logits = video_logits(network, validation.features)
    picker, best = choose_threshold(logits, validation)
    assert best > 0.95 and history["f_measure"].max() > 0.95
    curves = [torch.nn.functional.logsigmoid(video).numpy() for video in logits]
    for curve, events in zip(curves, validation.events, strict=True):
        np.testing.assert_allclose(picker(curve, RATE)[0], events.hits, atol=0.025)


@pytest.mark.parametrize("place", [0.0, 0.5, 0.99])
def test_a_window_shows_each_frame_with_what_is_asked_of_it(examples, place):
    training, _ = examples
    change, motion, wanted, sure = parts(training.window(2, place))
    first = int(place * N) - LENGTH // 2 - REACH
    whole = training.features.whole(2)
    for number in (first, first + LENGTH // 2, first + LENGTH + 2 * REACH - 1):
        inside = 0 <= number < N
        assert torch.equal(
            motion[number - first], whole[1][number] if inside else torch.zeros(len(CHANNELS), GRID, GRID)
        )
        assert torch.equal(change[number - first], whole[0][number] if inside else torch.zeros(DIM))
        assert sure[number - first] == inside
    time = (first + np.arange(len(wanted))) / RATE
    nearest = np.abs(time[:, None] - training.events[2].hits).min(1)
    np.testing.assert_allclose(wanted, np.exp(-0.5 * (nearest / WIDTH) ** 2) * sure.numpy(), atol=1e-6)


def test_a_varied_window_is_mirrored_or_begins_later(examples):
    training, _ = examples
    windows = torch.stack([training.window(video, 0.5) for video in range(4)])
    flip, begin = torch.tensor([0.9, 0.1, 0.9, 0.1]), torch.tensor([0.1, 0.1, 0.75, 0.75])
    found, given = parts(varied(windows, flip, begin)), parts(windows)
    for part, other in zip(found, given, strict=True):
        assert torch.equal(part[0], other[0])
        assert not part[2:, : REACH + LENGTH // 4 + 1].any()
        assert torch.equal(part[2, REACH + LENGTH // 4 + 1 :], other[2, REACH + LENGTH // 4 + 1 :])
    sign = torch.ones(len(CHANNELS))
    sign[ACROSS] = -1
    assert torch.equal(found[1][1], given[1][1].flip(-1) * sign[:, None, None])
    assert torch.equal(found[0][1], given[0][1]) and torch.equal(found[2][1], given[2][1])


def test_what_is_seen_has_a_mean_square_of_one(examples, trained):
    features, (network, _) = examples[0].features, trained
    change, motion = (torch.cat(part) for part in zip(*map(features.whole, range(len(features))), strict=True))
    torch.testing.assert_close((change / network.change_scale).square().mean(), torch.tensor(1.0))
    shown = (motion.transpose(0, 1).flatten(2) / network.motion_scale[..., 0]).square().mean((1, 2))
    torch.testing.assert_close(shown, torch.ones(len(CHANNELS)))


def test_nothing_is_asked_about_what_is_no_hit(examples):
    training, _ = examples
    others = [Events("", np.zeros(0), events.hits) for events in training.events]
    masked = Examples(training.features, others, RATE)
    assert all(3 * 5 <= int((target[:, 1] == 0).sum()) <= 3 * 7 for target in masked.targets)
    assert all(not target[:, 0].any() for target in masked.targets)
