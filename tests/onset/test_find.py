"""Hits are found in a film of any length and rate as in one piece, and a wrong detector's file is refused."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from impactsound import weights
from impactsound.errors import InputError
from impactsound.onset.compared import LEARNED, MOTION, compared
from impactsound.onset.features import reach_of, video_features
from impactsound.onset.find import find_hits, load, log_probability
from impactsound.onset.network import REACH

HITS = [0.52, 1.11, 1.9]


def saved(detector, path, **changes):
    names = ("frame_rate", "frame_size", "vision")
    config = {"network": {"dim": 512, "width": 8}, "picker": asdict(detector.picker)}
    config |= {"motion_picker": asdict(detector.motion_picker), **{name: getattr(detector, name) for name in names}}
    weights.save(path, detector.network, config | changes)
    return path


def test_in_pieces_the_hits_are_those_of_one_piece(vision, detector, bar):
    path = bar(HITS, 75)
    whole = log_probability(path, vision, detector)
    assert whole.shape == (75,)
    with torch.inference_mode():
        change, motion = video_features(path, vision, 30.0, 48)
        alone = torch.nn.functional.logsigmoid(detector.network.of_video(change, motion)).numpy()
    np.testing.assert_allclose(whole, alone, atol=1e-5)
    for piece in (8, 20):
        np.testing.assert_allclose(log_probability(path, vision, detector, piece), whole, atol=1e-5)
    time, probability = find_hits(path, vision, detector)
    pieces = find_hits(path, vision, detector, piece=13)
    assert len(time) > 3 and ((probability > 0) & (probability < 1)).all()
    np.testing.assert_allclose(pieces[0], time, atol=1e-3)
    np.testing.assert_allclose(pieces[1], probability, rtol=1e-4)


def test_only_a_piece_of_the_film_is_held(vision, detector, bar, monkeypatch):
    held = []
    real = detector.network.of_video
    monkeypatch.setattr(
        detector.network, "of_video", lambda change, motion: held.append(len(change)) or real(change, motion)
    )
    log_probability(bar(HITS, 120), vision, detector, piece=10)
    assert len(held) == 12 - 1 and max(held) <= 10 + 2 * (reach_of(vision) + REACH)


@pytest.mark.parametrize("rate", [24.0, 30.0, 60.0])
def test_without_learning_the_hits_are_found_at_any_frame_rate(vision, detector, bar, rate):
    seen = compared(bar(HITS, round(2.5 * rate), rate), vision, detector)
    assert list(seen) == [LEARNED, MOTION]
    near = np.abs(seen[MOTION].time[:, None] - HITS)
    assert near.shape == (3, 3) and (near.min(0) < 0.06).all()
    assert (seen[MOTION].top >= seen[MOTION].threshold).all() and len(seen[LEARNED].curve) in range(74, 77)
    assert ((seen[LEARNED].curve >= 0) & (seen[LEARNED].curve <= 1)).all()


def test_a_detector_is_read_as_it_was_written(detector, tmp_path):
    read = load(saved(detector, tmp_path / "onset.safetensors"))
    assert replace(read, network=detector.network) == detector
    for name, value in detector.network.state_dict().items():
        assert torch.equal(read.network.state_dict()[name], value)


def test_another_file_and_another_encoders_detector_are_refused(detector, vision, tmp_path):
    weights.save(tmp_path / "vision.safetensors", vision, {"depth": 18, "classes": 3})
    with pytest.raises(InputError, match=r"vision\.safetensors: not an onset detector"):
        load(tmp_path / "vision.safetensors")
    path = saved(detector, tmp_path / "onset.safetensors")
    with pytest.raises(InputError, match=r"onset\.safetensors: was trained with another visual encoder than .*vision"):
        load(path, tmp_path / "vision.safetensors")
    path = saved(detector, tmp_path / "onset.safetensors", vision=weights.digest(tmp_path / "vision.safetensors"))
    load(path, tmp_path / "vision.safetensors")


def test_what_is_no_video_is_named(vision, detector, tmp_path):
    (tmp_path / "a.mp4").write_text("no video")
    with pytest.raises(InputError, match=r"a\.mp4"):
        find_hits(tmp_path / "a.mp4", vision, detector)
