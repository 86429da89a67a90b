import pytest
import torch

from impactsound.vision.frames import Augmentation, evaluation_frames, segment_frames, training_frames

STILL = Augmentation(shift=0, flip=0, brightness=0)


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(clips: int = 2, frames: int = 22, side: int = 8) -> torch.Tensor:
    """Frames whose every pixel is the frame's number."""
    return torch.arange(frames, dtype=torch.uint8)[None, :, None, None, None].expand(clips, -1, side, side, 3)


def pictures(clips: int = 3, side: int = 20) -> torch.Tensor:
    return torch.randint(0, 256, (clips, 22, side, side, 3), dtype=torch.uint8, generator=rng())


@pytest.mark.parametrize("segments", [1, 3, 8, 22])
def test_one_frame_from_each_segment(segments):
    for seed in range(20):
        place = torch.rand(segments, generator=rng(seed))
        number = segment_frames(22, segments, place)
        edges = torch.arange(segments + 1) * 22 / segments
        assert (number >= edges[:-1].floor()).all() and (number <= edges[1:]).all()
        assert (number.diff() >= 0).all()


def test_every_frame_can_be_drawn():
    drawn = {int(n) for seed in range(200) for n in segment_frames(22, 4, torch.rand(4, generator=rng(seed)))}
    assert drawn == set(range(22))


def test_rejects_more_segments_than_frames():
    with pytest.raises(ValueError, match="segments"):
        evaluation_frames(numbered(), 23)


def test_evaluation_shows_the_middle_of_each_segment_or_all():
    assert (evaluation_frames(numbered(), 2)[0, :, 0, 0, 0] * 255).round().tolist() == [5, 16]
    everything = evaluation_frames(pictures(), 22)
    assert torch.equal((everything * 255).round().byte().movedim(2, -1), pictures())


def test_training_without_variation_shows_whole_frames():
    x = training_frames(numbered(), 8, rng(), STILL)
    number = (x * 255).round()
    assert x.shape == (2, 8, 3, 8, 8)
    assert (number == number[:, :, :1, :1, :1]).all()
    assert (number[:, :, 0, 0, 0].diff() > 0).all()
    assert not torch.equal(number[0], number[1])


def test_mirrors_all_frames_of_a_clip_together():
    x = training_frames(pictures(), 22, rng(), Augmentation(shift=0, flip=1, brightness=0))
    assert torch.equal(x, evaluation_frames(pictures(), 22).flip(-1))


def test_moves_by_at_most_the_shift_repeating_the_border():
    plain = evaluation_frames(pictures(1), 22)
    for seed in range(10):
        x = training_frames(pictures(1), 22, rng(seed), Augmentation(shift=0.1, flip=0, brightness=0))
        padded = torch.nn.functional.pad(plain.flatten(0, 1), (2, 2, 2, 2), mode="replicate")
        found = [
            (row, column)
            for row in range(5)
            for column in range(5)
            if torch.equal(padded[..., row : row + 20, column : column + 20], x[0])
        ]
        assert len(found) == 1


def test_brightness_scales_a_clip_within_its_bounds():
    x = training_frames(pictures(), 22, rng(), Augmentation(shift=0, flip=0, brightness=0.2))
    plain = evaluation_frames(pictures(), 22)
    inside = (plain > 0) & (x < 1)
    for clip in range(3):
        gain = (x[clip] / plain[clip])[inside[clip]]
        assert gain.min() >= 0.8 and gain.max() <= 1.2 and gain.max() - gain.min() < 1e-5
    assert x.min() >= 0 and x.max() <= 1


def test_the_generator_decides():
    assert torch.equal(training_frames(pictures(), 4, rng(1)), training_frames(pictures(), 4, rng(1)))
    assert not torch.equal(training_frames(pictures(), 4, rng(1)), training_frames(pictures(), 4, rng(2)))


def test_a_part_of_a_batch_is_varied_as_among_the_whole():
    whole = training_frames(pictures(8), 4, rng())
    for part in (slice(0, 3), slice(3, 8)):
        assert torch.equal(training_frames(pictures(8)[part], 4, rng(), whole=8, part=part), whole[part])
