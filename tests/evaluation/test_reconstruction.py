"""Spectral distances: identities, bounds, and the same figures from auraloss."""

import math

import pytest
import torch
from auraloss.freq import STFTLoss

from impactsound.evaluation.reconstruction import SIZES, log_magnitude_l1, spectral_convergence
from impactsound.seeds import generator

DISTANCES = (spectral_convergence, log_magnitude_l1)


def noise(name: str, n_clips: int = 3, n_samples: int = 5000) -> torch.Tensor:
    return torch.randn(n_clips, n_samples, generator=generator("reconstruction", name), dtype=torch.float64)


def auraloss_of(target: torch.Tensor, sound: torch.Tensor, convergence: float, log: float) -> torch.Tensor:
    """Mean over the sizes of auraloss's loss, one clip at a time, `[clip]`."""
    losses = [
        STFTLoss(size, size // 4, size, w_sc=convergence, w_log_mag=log, w_lin_mag=0.0).double() for size in SIZES
    ]
    for loss in losses:
        loss.window = loss.window.double()
    clips = zip(sound[:, None, None], target[:, None, None], strict=True)
    return torch.stack([torch.stack([loss(*pair) for loss in losses]).mean() for pair in clips])


@pytest.mark.parametrize("quiet", [1.0, 1e-6])
def test_log_magnitude_agrees_with_auraloss_floor_included(quiet):
    target, sound = quiet * noise("a"), noise("b")
    torch.testing.assert_close(log_magnitude_l1(target, sound), auraloss_of(target, sound, 0.0, 1.0))


def test_spectral_convergence_agrees_with_auraloss():
    target, sound = noise("a"), 0.3 * noise("b")
    torch.testing.assert_close(spectral_convergence(target, sound), auraloss_of(target, sound, 1.0, 0.0))


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_sound_is_at_0_from_itself_and_its_negative_and_further_from_others(distance):
    target = noise("a")
    assert distance(target, target).tolist() == [0, 0, 0]
    assert distance(target, -target).tolist() == [0, 0, 0]
    assert (distance(target, target + 0.1 * noise("b")) < distance(target, target + noise("b"))).all()


@pytest.mark.parametrize("distance", DISTANCES)
def test_each_clip_is_compared_by_itself(distance):
    target, sound = noise("a"), noise("b")
    alone = torch.cat([distance(target[[i]], sound[[i]]) for i in range(3)])
    torch.testing.assert_close(distance(target, sound), alone)


def test_spectral_convergence_is_1_for_silence_and_relative():
    target, sound = noise("a"), noise("b")
    torch.testing.assert_close(spectral_convergence(target, 0 * target), torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(spectral_convergence(1e-3 * target, 1e-3 * sound), spectral_convergence(target, sound))


def test_log_magnitude_of_a_gain_is_its_log_and_symmetric():
    target, sound = noise("a"), noise("b")
    gain = torch.full((3,), math.log(4), dtype=torch.float64)
    torch.testing.assert_close(log_magnitude_l1(target, 4 * target), gain, rtol=1e-3, atol=0)
    torch.testing.assert_close(log_magnitude_l1(target, sound), log_magnitude_l1(sound, target))


def test_a_silent_target_is_at_0_from_silence_and_infinitely_far_from_sound():
    sound = noise("a", 2)
    sound[0] = 0
    silence = torch.zeros_like(sound)
    assert spectral_convergence(silence, sound).tolist() == [0, math.inf]
    distance = log_magnitude_l1(silence, sound)
    assert distance[0] == 0
    assert 0 < distance[1] < math.inf


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_cannot_be_compared_is_an_error(distance, bad):
    sound, broken = noise("a"), noise("a")
    broken[1, 7] = bad
    with pytest.raises(ValueError, match="not finite"):
        distance(sound, broken)
    with pytest.raises(ValueError, match="not finite"):
        distance(broken, sound)
    with pytest.raises(ValueError, match=r"\[clip, time\]"):
        distance(sound, sound[:2])
    with pytest.raises(ValueError, match=r"\[clip, time\]"):
        distance(sound[0], sound[0])
    with pytest.raises(ValueError, match="no clips"):
        distance(sound[:0], sound[:0])
    with pytest.raises(ValueError, match="too short"):
        distance(sound[:, :1024], sound[:, :1024])
