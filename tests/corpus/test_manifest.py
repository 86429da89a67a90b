"""Every impact that can be cut out whole is in the manifest once, and every other is accounted for."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.manifest import FATES, build_manifest, crowded, judged, manifest_of, read_events, save_log
from impactsound.corpus.release import find_videos
from impactsound.corpus.split import draw
from impactsound.corpus.table import COLUMNS, EVENTS, load, save
from impactsound.corpus.video import Video
from impactsound.errors import InputError
from impactsound.media.extract import extract
from impactsound.media.ffmpeg import write_video

DATA = Path(__file__).parents[2].parent / "shared" / "data"
CLIP = Clip(sample_rate=8000, duration=0.25, frames=8, frame_rate=30.0, frame_size=32)
SHARES = {"test": 0.2, "validation": 0.1}


def release(folder: Path, videos: dict[str, list[str]], seconds: float = 2.0, **lists: list[str]) -> Path:
    """A folder in the layout of the release: videos of some seconds with the given lines of times."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, times in videos.items():
        frames = np.zeros((round(30 * seconds), 32, 32, 3), np.uint8)
        write_video(folder / f"{name}_denoised.mp4", frames, 30)
        soundfile.write(folder / f"{name}_denoised.wav", np.full((round(8000 * seconds), 2), 0.1), 8000)
        (folder / f"{name}_times.txt").write_text("".join(f"{line}\n" for line in times))
    for name, listed in lists.items():
        (folder / f"{name}.txt").write_text("".join(f"{video}\n" for video in listed))
    return folder


def test_each_event_is_kept_or_left_out_for_one_reason(tmp_path):
    times = [
        "0.100000 wood hit static",  # 4 frames before it are not there
        "0.400000 wood hit static",
        "0.700000 None hit None",
        "1.000000 metal hit deform",  # the scratch is inside its window
        "1.200000 metal scratch static",
        "1.700000 metal hit static",
        "1.800000 metal hit static",  # its sound ends at 2.05 s
    ]
    table, log = build_manifest("greatest_hits", release(tmp_path, {"v": times}), CLIP, actions=["hit"])
    assert list(table["clip"]) == ["v/001", "v/002"]
    assert list(table["material"]) == ["wood", "None"]
    assert list(table.columns) == list(COLUMNS)
    assert dict(log) == {
        "kept": 2,
        "label filtered": 1,
        "no full window of frames": 1,
        "no full window of sound": 1,
        "another hit in the window": 2,
    }
    assert sum(log.values()) == len(times) and tuple(log) == FATES
    save_log(log, tmp_path / "log.csv")
    assert pd.read_csv(tmp_path / "log.csv").set_index("fate")["events"].to_dict() == dict(log)


def test_all_events_are_told_of_with_their_fate(tmp_path):
    """And the manifest is those that are kept."""
    times = ["0.7 None hit None", "0.4 wood hit static", "1.1 metal scratch static", "1.9 metal hit static"]
    folder = release(tmp_path / "videos", {"v": times, "w": ["0.9 wood hit static"]}, train=["v", "w"])
    events = read_events("greatest_hits", folder, CLIP, actions=["hit"])
    assert events["onset"].tolist() == [0.4, 0.7, 1.1, 1.9, 0.9] and set(events["split"]) == {"train"}
    assert events["fate"].tolist() == ["kept", "kept", "label filtered", "no full window of frames", "kept"]
    table, log = build_manifest("greatest_hits", folder, CLIP, actions=["hit"], seed=3)
    pd.testing.assert_frame_equal(manifest_of(events, seed=3), table)
    assert table["clip"].tolist() == events.loc[events["fate"] == "kept", "clip"].tolist() and log["kept"] == 3
    save(events[list(EVENTS)], tmp_path / "events.csv")
    pd.testing.assert_frame_equal(load(tmp_path / "events.csv", EVENTS), events[list(EVENTS)])
    with pytest.raises(InputError, match="has no column 'split'"):
        load(tmp_path / "events.csv")


def test_onsets_are_read_back_to_the_last_bit(tmp_path):
    onset = np.random.default_rng(0).uniform(0, 40, 1000)
    rows = pd.DataFrame(dict.fromkeys(COLUMNS, "v") | {"clip": [f"v/{n}" for n in range(1000)], "onset": onset})
    save(rows, tmp_path / "manifest.csv")
    assert np.array_equal(load(tmp_path / "manifest.csv")["onset"], onset)


def test_impacts_are_read_from_a_file_or_given(tmp_path):
    folder = release(tmp_path, {"v": ["0.9 wood hit static", "0.4 None hit None"]})
    (video,) = find_videos(folder)
    given = [(0.9, "wood", "hit", "static"), (0.4, "None", "hit", "None")]
    pd.testing.assert_frame_equal(
        judged(Video("v", video.picture, video.sound, given), CLIP, {}), judged(video, CLIP, {})
    )


@pytest.mark.parametrize("name", ["../v", "a/b", "..", ".v", ""])
def test_a_name_that_would_lead_elsewhere_is_refused(tmp_path, name, monkeypatch):
    monkeypatch.setattr("impactsound.corpus.kinds.folder.find_videos", lambda folder: [Video(name, folder, folder, [])])
    with pytest.raises(InputError, match="a video cannot be named"):
        build_manifest("folder", tmp_path, CLIP)


def test_labels_are_filtered_together(tmp_path):
    times = ["0.4 wood hit static", "0.8 wood hit splash", "1.2 metal hit static", "1.6 None scratch None"]
    folder = release(tmp_path, {"v": times})
    table, log = build_manifest("simulated", folder, CLIP, materials=["wood", "metal"], reactions=["static"])
    assert list(table["onset"]) == [0.4, 1.2] and log["label filtered"] == 2
    with pytest.raises(InputError, match=r"no impact is left .*label filtered: 4"):
        build_manifest("simulated", folder, CLIP, materials=["glass"])


@pytest.mark.parametrize("rate", [24.0, 30.0, 60.0, 30000 / 1001])
def test_what_is_whole_here_is_whole_to_the_extraction(tmp_path, rate):
    """Of hits all along a video, no window called whole is refused, and few others would not have been."""
    onsets = np.arange(0.0, 2.0, 0.0125)
    folder = release(tmp_path, {"v": [f"{onset} wood hit static" for onset in onsets]}, seconds=3.0)
    write_video(folder / "v_denoised.mp4", np.zeros((45, 32, 32, 3), np.uint8), rate)
    table = judged(find_videos(folder)[0], CLIP, {})
    whole = table[table["fate"].isin(["kept", "another hit in the window"])]
    extract(whole, CLIP, tmp_path / "clips.h5")
    assert whole["onset"].iloc[0] == pytest.approx(4 / 30, abs=0.013)
    last = min(45 / rate - 4 / 30, onsets[-1])
    assert last - 2 / 30 < whole["onset"].iloc[-1] < last + 1 / 30


def test_sound_may_end_before_the_picture(tmp_path):
    folder = release(tmp_path, {"v": ["0.5 wood hit static", "1.2 wood hit static"]})
    soundfile.write(folder / "v_denoised.wav", np.full(8000, 0.1), 8000)
    table, log = build_manifest("greatest_hits", folder, CLIP)
    assert list(table["clip"]) == ["v/000"] and log["no full window of sound"] == 1


def test_lists_say_what_is_tested_and_validation_is_drawn_from_the_rest(tmp_path):
    videos = {f"2015-01-01-00-00-{n:02d}-{n}": ["0.5 wood hit static", "1.0 wood hit static"] for n in range(10)}
    names = list(videos)
    folder = release(tmp_path, videos, train=names[:7], test=names[7:9])
    table, _ = build_manifest("greatest_hits", folder, CLIP, validation=0.2, test=0.5)
    split = table.groupby("video")["split"].agg(set)
    assert set(split.index) == set(names[:9])
    assert all(len(places) == 1 for places in split)
    assert [name for name in split.index if split[name] == {"test"}] == names[7:9]
    assert sum(split[name] == {"validation"} for name in split.index) == 1
    again, _ = build_manifest("greatest_hits", folder, CLIP, validation=0.2, workers=3)
    pd.testing.assert_frame_equal(table, again)


def test_the_draw_does_not_depend_on_the_order_and_does_on_the_seed():
    material = {f"video-{n}": ("wood", "metal", "glass")[n % 3] for n in range(60)}
    shuffled = list(material.items())
    random.Random(0).shuffle(shuffled)
    split = draw(material, {}, SHARES, seed=0)
    assert draw(dict(shuffled), {}, SHARES, seed=0) == split
    assert draw(material, {}, SHARES, seed=1) != split
    for kind in ("wood", "metal", "glass"):
        places = [split[name] for name in material if material[name] == kind]
        assert [places.count(place) for place in ("test", "validation", "train")] == [4, 2, 14]


@pytest.mark.parametrize(
    ("videos", "counts"), [(1, [1, 0, 0]), (2, [1, 0, 1]), (3, [1, 1, 1]), (4, [2, 1, 1]), (10, [7, 1, 2])]
)
def test_few_videos_leave_one_to_train_on(videos, counts):
    for alike in (True, False):
        material = {f"v{n}": "wood" if alike else f"material {n}" for n in range(videos)}
        split = list(draw(material, {}, SHARES, seed=3).values())
        found = [split.count(place) for place in ("train", "validation", "test")]
        assert found == (counts if alike or videos < 4 else [videos - 2, 1, 1])


def test_no_share_draws_nothing():
    assert set(draw(dict.fromkeys("abcdef", "wood"), {}, {"test": 0, "validation": 0}, 0).values()) == {"train"}


def test_it_is_read_back_as_it_was(tmp_path):
    folder = release(tmp_path / "videos", {"007": ["0.5 None None None", "0.933333 NA hit nan"]})
    table, _ = build_manifest("greatest_hits", folder, CLIP)
    save(table, tmp_path / "manifest.csv")
    pd.testing.assert_frame_equal(load(tmp_path / "manifest.csv"), table)
    assert load(tmp_path / "manifest.csv")["video"].tolist() == ["007", "007"]


def test_what_is_no_manifest_is_one_line(tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    (tmp_path / "words.csv").write_text(",".join(COLUMNS) + "\n" + ",".join(COLUMNS) + "\n")
    for name in ("absent.csv", "empty.csv", "other.csv", "words.csv"):
        with pytest.raises(InputError) as caught:
            load(tmp_path / name)
        assert name in str(caught.value) and "\n" not in str(caught.value)


def test_an_unknown_kind_and_an_absent_folder(tmp_path):
    with pytest.raises(
        InputError, match=r"corpus\.kind = 'youtube' is unknown; known are folder, greatest_hits, simulated"
    ):
        build_manifest("youtube", tmp_path, CLIP)
    for kind in ("simulated", "greatest_hits", "folder"):
        with pytest.raises(InputError, match="nowhere: no such folder"):
            build_manifest(kind, tmp_path / "nowhere", CLIP)


def test_a_real_video(tmp_path):
    folder = DATA / "greatest_hits_mini" / "vis-data-256"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data/greatest_hits_mini")
    table, log = build_manifest("greatest_hits", folder, Clip())
    assert list(table["onset"]) == [0.9, 1.67, 2.45, 3.21, 3.95, 4.66, 5.44]
    assert log["kept"] == 7 and log["no full window of frames"] == 1
    extract(table, Clip(), tmp_path / "clips.h5", workers=2)
    with store.open(tmp_path / "clips.h5", "clips/1") as file:
        energy = np.square(file["sound"][:]).reshape(7, 5, -1).sum(axis=2)
        assert (energy[:, :2].sum(axis=1) > 2 * energy[:, 3:].sum(axis=1)).all()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("a/000,a,0.5,wood,hit,None,train,a.mp4,a.wav", "row 2 has a clip that is listed twice"),
        ("/000,,0.5,wood,hit,None,train,a.mp4,a.wav", "row 2 has a clip whose name leads out of a folder"),
        ("../000,..,0.5,wood,hit,None,train,a.mp4,a.wav", "row 2 has a clip whose name leads out of a folder"),
        ("a/../b,a,0.5,wood,hit,None,train,a.mp4,a.wav", "row 2 has a clip whose name leads out of a folder"),
        ("a/001,a,nan,wood,hit,None,train,a.mp4,a.wav", "is not a manifest"),
        ("a/001,a,-1,wood,hit,None,train,a.mp4,a.wav", "row 2 has an onset that is no time"),
        ("a/001,a,1e300,wood,hit,None,train,a.mp4,a.wav", "row 2 has an onset that is no time"),
        ("a/001,a,0.5,wood,hit,None,train,a.mp4,a.wav,more", "is not a manifest"),
    ],
)
def test_a_row_that_cannot_be_one_is_named(tmp_path, row, said):
    first = "a/000,a,0.5,wood,hit,None,train,a.mp4,a.wav"
    (tmp_path / "manifest.csv").write_text("\n".join([",".join(COLUMNS), first, row]) + "\n")
    with pytest.raises(InputError, match=rf"manifest\.csv: {said}"):
        load(tmp_path / "manifest.csv")


def test_rows_that_are_all_longer_than_the_header_are_no_manifest(tmp_path):
    row = "x,a/000,a,0.5,wood,hit,None,train,a.mp4,a.wav"
    (tmp_path / "manifest.csv").write_text(",".join(COLUMNS) + f"\n{row}\n")
    with pytest.raises(InputError, match=r"manifest\.csv: row 1 is longer than the header"):
        load(tmp_path / "manifest.csv")


def test_very_many_hits_are_judged_in_little_memory():
    onset = np.arange(200_000) * 0.2
    assert crowded(onset, 0.25)[:-1].all() and not crowded(onset, 0.15).any()
    assert crowded(np.zeros(0), 0.25).tolist() == []
