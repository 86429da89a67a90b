"""A video comes out dubbed: its picture as it was, its hits at their times, and an edit touches only what it is of."""

import json
import logging
import shutil

import numpy as np
import pytest
import soundfile

from impactsound.dubbing import cache
from impactsound.dubbing.dub import Wishes, dub
from impactsound.dubbing.hits import read_hits
from impactsound.dubbing.loudness import loudness
from impactsound.dubbing.model import Model
from impactsound.dubbing.seen import unedited_peaks
from impactsound.errors import InputError
from impactsound.media.ffmpeg import packets, read_sound, write_video
from impactsound.media.info import video_info
from tiny_model import made_model

TIMES = "0.5,1.0,1.3,2.5"


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A silent video of three seconds."""
    path = tmp_path_factory.mktemp("footage") / "clip.mp4"
    write_video(path, np.random.default_rng(0).integers(0, 255, (90, 48, 64, 3), dtype=np.uint8), 30)
    return path


@pytest.fixture(scope="module")
def first(clip, model, tmp_path_factory):
    """The video dubbed at given times."""
    output = tmp_path_factory.mktemp("dubbed") / "dubbed.mp4"
    assert dub(clip, output, model, Wishes(times=TIMES)).made == 4
    return output


@pytest.fixture
def again(first, tmp_path):
    """A copy of all that belongs to the dubbed video, to be edited."""
    for path in first.parent.iterdir():
        shutil.copy(path, tmp_path)
    return tmp_path / first.name


def edited(output, **edits):
    path = output.with_name("edits.json")
    path.write_text(json.dumps(edits))
    return path


def track(output):
    return soundfile.read(output.with_suffix(".wav"))


def test_the_picture_is_as_it_was_and_the_track_as_long(clip, first):
    assert [packet[1:] for packet in packets(first, "V:0")] == [packet[1:] for packet in packets(clip, "V:0")]
    sound, rate = track(first)
    assert rate == 8000 and len(sound) == 24000 and np.abs(sound).max() < 1
    assert np.corrcoef(read_sound(first, 8000)[:24000], sound)[0, 1] > 0.9


def test_hits_are_heard_at_their_times(first):
    sound, rate = track(first)
    for time in (0.5, 1.0, 2.5):
        start = round(time * rate)
        assert np.abs(sound[start : start + 400]).max() > 0.05
    assert not sound[: round(0.5 * rate)].any()


def test_the_file_of_hits_says_all(first, model):
    hits = read_hits(first.with_name("dubbed.hits.json"))
    assert [hit.time for hit in hits.hits] == [0.5, 1.0, 1.3, 2.5]
    assert hits.model == model.id and hits.video == "clip.mp4"
    for hit in hits.hits:
        assert (
            hit.probability is None
            and hit.matched in model.bank.clips
            and set(hit.others) == {"glass", "wood", "metal"}
        )
        np.testing.assert_array_equal(
            hit.physics.modes.frequency, model.bank.physics_of(hit.matched).modes.frequency[:5]
        )


def test_the_same_again_makes_nothing_and_the_same_bytes(clip, first, again, model):
    before = {path.name: path.read_bytes() for path in first.parent.iterdir()}
    done = dub(clip, again, model, Wishes(times=TIMES))
    assert done.made == 0
    assert {path.name: path.read_bytes() for path in again.parent.iterdir()} == before


def test_an_edit_of_one_hit_leaves_all_other_samples(clip, first, again, model):
    edits = edited(again, hits=[{"id": 2, "edit": {"damping": 3, "residual_level": -12}}])
    done = dub(clip, again, model, Wishes(edits=edits))
    assert done.made == 1
    (before, rate), (after, _) = track(first), track(again)
    lengths = [len(sound) for _, sound, _ in cache.placed(again.with_name("dubbed.hits.h5"), done.hits)]
    earlier = [len(sound) for _, sound, _ in cache.placed(first.with_name("dubbed.hits.h5"), done.hits)]
    start, end = round(1.28 * rate), round(1.32 * rate) + max(lengths[2], earlier[2])
    np.testing.assert_array_equal(before[:start], after[:start])
    np.testing.assert_array_equal(before[end:], after[end:])
    assert np.abs(before[start:end] - after[start:end]).max() > 0.01


def test_a_file_of_hits_edited_by_hand_is_taken_and_kept(clip, again, model):
    path = again.with_name("dubbed.hits.json")
    found = json.loads(path.read_text())
    found["hits"][0]["edit"] = {"strength": -60, "time": 2.0}
    path.write_text(json.dumps(found))
    with pytest.raises(InputError, match=r"dubbed\.hits\.json: has edits, which would be lost"):
        dub(clip, again, model, Wishes(times=TIMES))
    assert dub(clip, again, model, Wishes(edits=path)).made == 0
    assert read_hits(path).hits[0].edit.to_json() == {"strength": -60.0, "time": 2.0}
    sound, rate = track(again)
    assert not sound[: round(0.99 * rate)].any()


def test_sounds_that_are_gone_are_made_again_to_the_same_bytes(clip, first, again, model):
    again.with_name("dubbed.hits.h5").unlink()
    edits = edited(again, all={})
    assert dub(clip, again, model, Wishes(edits=edits)).made == 4
    assert again.with_suffix(".wav").read_bytes() == first.with_suffix(".wav").read_bytes()


def test_loudness_is_as_wished_and_stays_when_a_hit_is_edited(clip, again, model):
    done = dub(clip, again, model, Wishes(times=TIMES, loudness=-30.0))
    assert loudness(again.with_suffix(".wav")) == pytest.approx(-30, abs=0.1)
    edits = edited(again, hits=[{"id": 0, "edit": {"strength": -20}}])
    assert dub(clip, again, model, Wishes(edits=edits)).hits.gain == done.hits.gain


def test_hits_are_found_where_no_time_is_given(clip, tmp_path, model):
    done = dub(clip, tmp_path / "a.mp4", model)
    assert done.hits.hits and all(0 <= hit.probability <= 1 for hit in done.hits.hits)


def test_the_gain_goes_by_what_is_not_edited(model, hits):
    peaks = unedited_peaks(hits.hits, model)
    assert peaks.shape == (4,) and (peaks > 0).all()
    assert unedited_peaks(hits.hits[2:3], model)[0] == pytest.approx(peaks[2], rel=1e-5)


def test_without_a_hit_the_video_is_copied_with_a_warning(clip, tmp_path, caplog):
    deaf = Model.load(made_model(tmp_path / "deaf", threshold=1.0))
    with caplog.at_level(logging.WARNING):
        done = dub(clip, tmp_path / "out" / "a.mp4", deaf)
    assert done.made == 0 and "no hit was found" in caplog.text
    assert (tmp_path / "out" / "a.mp4").read_bytes() == clip.read_bytes()
    assert read_hits(tmp_path / "out" / "a.hits.json").hits == ()


def test_own_sound_is_kept_mixed_or_replaced(clip, tmp_path, model):
    spoken, tone = tmp_path / "spoken.mkv", tmp_path / "tone.wav"
    soundfile.write(tone, 0.1 * np.sin(np.arange(3 * 16000) * 2 * np.pi * 440 / 16000), 16000)
    from impactsound.media.mux import mux

    mux(clip, tone, spoken)
    for sound, count in (("replace", 1), ("mix", 1), ("keep", 2)):
        dub(spoken, tmp_path / f"{sound}.mkv", model, Wishes(times="1.0", sound=sound))
        assert video_info(tmp_path / f"{sound}.mkv").sounds == count
    silent, _ = soundfile.read(tmp_path / "replace.wav")
    mixed, rate = soundfile.read(tmp_path / "mix.wav")
    assert not silent[:4000].any() and rate == 16000
    assert np.sqrt(np.mean(mixed[:8000] ** 2)) == pytest.approx(0.1 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(times="5"), "outside the video"),
        (Wishes(edits="nothing.json"), r"nothing\.json: no such file"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(clip, tmp_path, model, wishes, said):
    with pytest.raises(InputError, match=said):
        dub(clip, tmp_path / "a.mp4", model, wishes)
    assert not list(tmp_path.iterdir())


def test_an_output_of_something_else_is_not_written_over(clip, again, model, tmp_path):
    other = tmp_path / "other.mp4"
    other.write_bytes(b"precious")
    with pytest.raises(InputError, match=r"other\.mp4: is there already"):
        dub(clip, other, model, Wishes(times=TIMES))
    assert other.read_bytes() == b"precious"
    renamed = clip.with_name("renamed.mp4")
    shutil.copy(clip, renamed)
    with pytest.raises(InputError, match=r"dubbed\.mp4: is clip\.mp4 dubbed"):
        dub(renamed, again, model, Wishes(times=TIMES))
    with pytest.raises(InputError, match="is the video itself"):
        dub(renamed, renamed, model, Wishes(times=TIMES, overwrite=True))


def test_a_recording_that_lies_beside_the_output_is_not_written_over(clip, model, tmp_path):
    (tmp_path / "mine.wav").write_text("precious")
    with pytest.raises(InputError, match=r"mine\.wav: is there already"):
        dub(clip, tmp_path / "mine.mkv", model, Wishes(times=TIMES))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.wav"]


@pytest.mark.parametrize("change", [{"duration": 9e5}, {"sample_rate": 192_000}, {"window": 9.0}])
def test_hits_of_a_video_that_is_another_are_found_anew(clip, again, model, change):
    """A file of hits may have any duration: a track is as long as the video."""
    path = again.with_name("dubbed.hits.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    dub(clip, again, model, Wishes(edits=edited(again, all={})))
    sound, rate = track(again)
    assert (len(sound), rate) == (24000, 8000)


def test_hits_in_any_order_are_edited(clip, first, again, model):
    path = again.with_name("dubbed.hits.json")
    found = json.loads(path.read_text())
    path.write_text(json.dumps(found | {"hits": found["hits"][::-1]}))
    again.with_name("dubbed.hits.h5").unlink()
    dub(clip, again, model, Wishes(edits=edited(again, all={})))
    assert again.with_suffix(".wav").read_bytes() == first.with_suffix(".wav").read_bytes()


@pytest.mark.parametrize("loudness", [float("nan"), float("inf"), 1e6, -1000.0, 1.0])
def test_a_loudness_that_cannot_be_is_refused(loudness):
    with pytest.raises(InputError, match=r"--loudness .*: give LUFS from -70 to 0"):
        Wishes(loudness=loudness)
