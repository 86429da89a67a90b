"""Trials are balanced, levelled and hidden, and the key says what was hidden."""

import io

import numpy as np
import pandas as pd
import pytest
import soundfile

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.table import COLUMNS
from impactsound.errors import InputError
from impactsound.evaluation.listening import (
    ANOTHER,
    KEY,
    PEAK,
    SIDES,
    gather,
    hashed,
    levelled,
    read_key,
    strangers,
    trials,
)

CLIP = Clip(sample_rate=8000, duration=0.05, n_fft=256, hop=64, frames=4, frame_rate=10.0, frame_size=16)
SYSTEMS = ("real", "zebra", "okapi", "heron")
PAIRS = (("zebra", "okapi"), ("heron", "zebra"))
MATERIALS = ("glass", "wood", "metal")
NAMES = [f"{material}{hit}" for material in MATERIALS for hit in range(4)]


def tone(frequency, level=1.0):
    time = np.arange(CLIP.n_samples) / CLIP.sample_rate
    return level * np.exp(-60 * time) * np.cos(2 * np.pi * frequency * time)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A test split of three materials and its sounds; glass and metal are alike, but for a glass that hisses."""
    folder = tmp_path_factory.mktemp("study")
    rows = {"clip": NAMES, "material": [name[:-1] for name in NAMES], "onset": 1.0 + 0.37 * np.arange(len(NAMES))}
    pd.DataFrame(rows | dict.fromkeys(set(COLUMNS) - set(rows) - {"split"}, "x") | {"split": "test"}).to_csv(
        folder / "test.csv", index=False
    )
    with store.create(folder / "clips.h5", "clips/1", {}, {}) as file:
        store.write_clips(file, NAMES)
        frames = file.create_dataset("frames", (len(NAMES), CLIP.frames), store.h5py.vlen_dtype(np.uint8))
        for row in range(len(NAMES)):
            for number in range(CLIP.frames):
                frames[row, number] = np.array([row, number], np.uint8)
    pitch = {"glass": 1000, "metal": 1100, "wood": 3000}
    for place, system in enumerate(SYSTEMS):
        sound = np.stack([tone(pitch[name[:-1]] + 20 * place, 0.1 + place) for name in NAMES]).astype(np.float32)
        sound[3] = np.random.default_rng(place).uniform(-1, 1, CLIP.n_samples)
        store.write(folder / f"{system}.h5", "sounds/1", NAMES[::-1], {}, {}, sound=sound[::-1])
    return {
        "test": folder / "test.csv",
        "clips": folder / "clips.h5",
        "sounds": {system: folder / f"{system}.h5" for system in SYSTEMS},
        "pairs": PAIRS,
        "reference": "real",
        "n_clips": 6,
        "n_catch": 2,
        "clip": CLIP,
        "seed": 0,
    }


@pytest.fixture(scope="module")
def study(inputs):
    return gather(**inputs)


@pytest.mark.parametrize("n", [0, 1, 6, 7])
@pytest.mark.parametrize("seed", range(3))
def test_each_side_has_half_of_the_trials_of_a_pair(n, seed):
    clips = [str(number) for number in range(n)]
    plan = trials(clips, "a", "b", clips, 1, seed)
    count = plan["first_is"].value_counts().reindex(SIDES, fill_value=0)
    assert count.sum() == n and abs(count["left"] - count["right"]) == n % 2


def test_the_sides_follow_from_the_seed_and_the_odd_one_is_fair():
    clips = [str(number) for number in range(7)]
    drawn = [trials(clips, "a", "b", clips, 0, seed)["first_is"] for seed in range(200)]
    assert trials(clips, "c", "d", clips, 0, 5)["first_is"].equals(drawn[5])
    left = np.mean([side == "left" for side in drawn], 0)  # of each clip; within 5 standard errors of a half
    assert np.abs(left - 0.5).max() < 5 * 0.5 / np.sqrt(200)
    assert len({tuple(side) for side in drawn}) > 50


def test_every_pair_is_heard_for_the_same_clips_and_catch_trials_for_others(study):
    key = study.key
    assert tuple(key) == KEY and len(key) == len(PAIRS) * 6 + 2
    shown = [set(key[(key["first"] == first) & (key["second"] == second)]["clip"]) for first, second in PAIRS]
    assert shown[0] == shown[1] and len(shown[0]) == 6
    catch = key[key["second"] == ANOTHER]
    assert len(catch) == 2 and not set(catch["clip"]) & shown[0]
    assert (catch["first"] == "real").all()
    assert (key["clip"] == key["second_clip"]).equals(key["second"] != ANOTHER)


def test_a_catch_trial_has_the_other_material_that_sounds_least_alike(inputs):
    table = pd.read_csv(inputs["test"])
    found = strangers(table, ["glass0", "metal1", "wood2"], inputs["sounds"]["real"], CLIP, 0)
    assert found[0].startswith("wood") and found[1:] == ["glass3", "glass3"]


def test_the_key_says_which_sound_is_whose(study, inputs):
    for row in study.key.to_dict("records"):
        system = {"first": row["first"], "second": row["second"] if row["second"] != ANOTHER else row["first"]}
        clip = {"first": row["clip"], "second": row["second_clip"]}
        heard = {"first": row[row["first_is"]], "second": row[SIDES[1 - SIDES.index(row["first_is"])]]}
        for place in ("first", "second"):
            path = inputs["sounds"][system[place]]
            (expected,) = store.read(path, "sounds/1", "sound", clip=[clip[place]])
            sound, rate = soundfile.read(io.BytesIO(study.wavs[heard[place]]))
            assert rate == CLIP.sample_rate
            scale = sound @ expected[0] / (expected[0] @ expected[0])
            assert scale > 0 and np.abs(sound - scale * expected[0]).max() < 2**-14


def test_a_film_has_the_frames_of_its_clip_and_the_hit_in_the_frame_at_the_onset(study):
    for name, film in study.films.items():
        assert film == [bytes([NAMES.index(name), number]) for number in range(CLIP.frames)]
        assert int(study.hits[name] * CLIP.frame_rate + 1e-9) == CLIP.frames_before
    onset = 1.0 + 0.37 * NAMES.index(name)
    assert (onset - study.hits[name]) * CLIP.frame_rate == pytest.approx(round((onset - study.hits[name]) * 10))


def test_the_sounds_of_a_trial_have_one_energy_and_the_peak():
    rng = np.random.default_rng(0)
    sounds = rng.normal(size=(5, 2, 300)) * np.exp(rng.normal(size=(5, 2, 1)) * 2)
    found = levelled(sounds)
    energy = np.square(found).sum(-1)
    assert np.allclose(energy[:, 0], energy[:, 1], rtol=1e-12)
    assert np.allclose(np.abs(found).max((1, 2)), PEAK)
    assert np.allclose(levelled(7 * sounds), found) and (np.sign(found) == np.sign(sounds)).all()


def test_silence_stays_silence():
    assert not levelled(np.zeros((2, 2, 8))).any()
    beside = levelled(np.stack([np.zeros(8), np.ones(8)]))
    assert not beside[0].any() and np.allclose(beside[1], PEAK)


def test_ids_are_of_one_trial_each_and_change_with_what_is_heard(study, inputs, tmp_path):
    ids = study.key[["item", "left", "right"]].to_numpy().ravel()
    assert len(set(ids)) == len(ids) and study.key["study"].nunique() == 1
    clip = study.key["clip"].iloc[0]
    (sound,) = store.read(inputs["sounds"]["okapi"], "sounds/1", "sound", clip=NAMES)
    sound[NAMES.index(clip)] = tone(500)
    store.write(tmp_path / "okapi.h5", "sounds/1", NAMES, {}, {}, sound=sound)
    changed = gather(**inputs | {"sounds": inputs["sounds"] | {"okapi": tmp_path / "okapi.h5"}}).key
    same = changed["item"] == study.key["item"]
    assert same.sum() == len(same) - 1 and not same[0] and changed["study"][0] != study.id


def test_the_parts_of_a_hash_are_kept_apart():
    assert hashed("ab", "c") != hashed("a", "bc") != hashed("abc")
    assert hashed(1, b"x") == hashed("1", "x")


def test_the_same_inputs_give_the_same_study_and_another_seed_another(study, inputs):
    again = gather(**inputs)
    assert again.key.equals(study.key) and again.wavs == study.wavs
    assert gather(**inputs | {"seed": 1}).id != study.id


def test_a_split_without_enough_clips_or_materials_is_told(inputs, tmp_path):
    with pytest.raises(InputError, match=r"test\.csv: has 12 clips, and listening.clips and listening.catch are 12"):
        gather(**inputs | {"n_clips": 12})
    one = pd.read_csv(inputs["test"]).assign(material="glass")
    one.to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(InputError, match=r"listening\.catch needs test clips of two materials"):
        gather(**inputs | {"test": tmp_path / "one.csv"})
    assert not (gather(**inputs | {"test": tmp_path / "one.csv", "n_catch": 0}).key["second"] == ANOTHER).any()


def test_a_key_is_read_back_and_a_wrong_one_is_told(study, tmp_path):
    path = tmp_path / "key.csv"
    with pytest.raises(InputError, match="no such file"):
        read_key(path)
    study.key.to_csv(path, index=False)
    assert read_key(path).equals(study.key)
    for wrong in (study.key.drop(columns="left"), study.key.head(0), pd.concat([study.key, study.key])):
        wrong.to_csv(path, index=False)
        with pytest.raises(InputError, match="is no key"):
            read_key(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is no key"):
        read_key(path)
