"""Your own videos: any common kind, labels if you like."""

import numpy as np
import pytest
import soundfile

from impactsound.config import Clip
from impactsound.corpus.folder import find_videos
from impactsound.corpus.labels import read_times
from impactsound.corpus.manifest import build_manifest
from impactsound.corpus.table import load, save
from impactsound.errors import InputError
from impactsound.media.ffmpeg import write_video
from impactsound.media.mux import mux

CLIP = Clip(sample_rate=8000, duration=0.25, frames=8, frame_rate=30.0, frame_size=32)


def test_videos_of_any_kind_and_their_sound(tmp_path):
    for name in ("b.MP4", "a.mov", "c.d.webm", ".hidden.mp4", "notes.txt", "a.wav"):
        (tmp_path / name).write_bytes(b"x")
    for name in ("a", "b", "c.d"):
        (tmp_path / f"{name}_times.txt").write_text("0.5\n")
    videos = find_videos(tmp_path)
    assert [(video.name, video.picture.name, video.sound.name) for video in videos] == [
        ("a", "a.mov", "a.wav"),
        ("b", "b.MP4", "b.MP4"),
        ("c.d", "c.d.webm", "c.d.webm"),
    ]


def test_labels_may_be_left_out(tmp_path):
    path = tmp_path / "a_times.txt"
    path.write_text("0.5\n1.0 wood\n1.5 metal scratch\n2.0 glass hit deform\n")
    table = read_times(path, labelled=False)
    assert list(table["material"]) == ["None", "wood", "metal", "glass"]
    assert list(table["action"]) == ["hit", "hit", "scratch", "hit"]
    assert list(table["reaction"]) == ["None", "None", "None", "deform"]
    path.write_text("0.5 a b c d\n")
    with pytest.raises(InputError, match="line 1 has 5 words"):
        read_times(path, labelled=False)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "has no video"),
        (["a.mp4"], "a_times.txt: no such file; write one line an impact"),
        (["a.mp4", "a.mov", "a_times.txt"], "has the name of a.mov; rename"),
    ],
)
def test_what_is_missing_is_named(tmp_path, names, said):
    for name in names:
        (tmp_path / name).write_bytes(b"0.5\n")
    with pytest.raises(InputError) as caught:
        find_videos(tmp_path)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_a_manifest_of_odd_names(tmp_path):
    names = ['it\'s, "mine"', "-i 100%d", "naïve\nname"]
    soundfile.write(tmp_path / "track.wav", np.full(16000, 0.1), 8000)
    for name in names:
        write_video(tmp_path / "silent" / f"{name}.mp4", np.zeros((60, 32, 32, 3), np.uint8), 30)
        mux(tmp_path / "silent" / f"{name}.mp4", tmp_path / "track.wav", tmp_path / "all" / f"{name}.mp4")
        (tmp_path / "all" / f"{name}_times.txt").write_text("0.5\n1.0 wood\n")
    table, log = build_manifest("folder", tmp_path / "all", CLIP, seed=1)
    assert log["kept"] == 6 and set(table["video"]) == set(names)
    assert set(table["split"]) == {"train", "validation", "test"}
    assert (table["path_video"] == table["path_sound"]).all()
    save(table, tmp_path / "manifest.csv")
    assert load(tmp_path / "manifest.csv").equals(table)


def test_a_silent_video_needs_a_wav(tmp_path):
    write_video(tmp_path / "a.mp4", np.zeros((60, 32, 32, 3), np.uint8), 30)
    (tmp_path / "a_times.txt").write_text("0.5\n")
    with pytest.raises(InputError, match=r"a\.mp4: has no sound"):
        build_manifest("folder", tmp_path, CLIP)
    soundfile.write(tmp_path / "a.wav", np.full(16000, 0.1), 8000)
    table, _ = build_manifest("folder", tmp_path, CLIP)
    assert list(table["path_sound"]) == [str(tmp_path / "a.wav")]


def test_no_impacts_at_all(tmp_path):
    write_video(tmp_path / "a.mp4", np.zeros((60, 32, 32, 3), np.uint8), 30)
    soundfile.write(tmp_path / "a.wav", np.full(16000, 0.1), 8000)
    (tmp_path / "a_times.txt").write_text("")
    with pytest.raises(InputError, match="no impact is left"):
        build_manifest("folder", tmp_path, CLIP)


def test_one_name_is_found_twice_whatever_lies_between(tmp_path):
    for name in ("a.avi", "a.b.mp4", "a.mp4", "a_times.txt", "a.b_times.txt"):
        (tmp_path / name).write_bytes(b"0.5\n")
    with pytest.raises(InputError, match=r"a\.mp4: has the name of a\.avi"):
        find_videos(tmp_path)


def test_times_that_have_no_end_are_not_read(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "a_times.txt").symlink_to("/dev/zero")
    with pytest.raises(InputError, match=r"a_times\.txt: no such file"):
        find_videos(tmp_path)
    with pytest.raises(InputError, match=r"a_times\.txt: no such file"):
        read_times(tmp_path / "a_times.txt")


@pytest.mark.parametrize("onset", ["1e308", "1e7", "nan", "-0.1"])
def test_an_onset_that_no_video_lasts_until_is_refused(tmp_path, onset):
    (tmp_path / "a_times.txt").write_text(f"{onset}\n")
    with pytest.raises(InputError, match="line 1 has the onset"):
        read_times(tmp_path / "a_times.txt", labelled=False)


def test_a_name_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a\udcff.mp4").write_bytes(b"x")
    (tmp_path / "a\udcff_times.txt").write_text("0.5\n")
    with pytest.raises(InputError, match=r"a\\udcff\.mp4': the name is not UTF-8; rename it"):
        build_manifest("folder", tmp_path, CLIP)
