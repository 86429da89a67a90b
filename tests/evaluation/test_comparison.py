"""The tables of a comparison, of sounds whose figures are known, by any name."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.evaluation import metrics, recognition
from impactsound.evaluation.bootstrap import kid_interval
from impactsound.evaluation.comparison import COLUMNS, Comparison, compare
from impactsound.evaluation.judged import hear, judge, judge_system

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)
CLIPS = 48
LABEL, VIDEO = np.arange(CLIPS) % 3, np.arange(CLIPS) // 4


class Bands(nn.Module):
    """A classifier of which the features are levels in bands and the decision is the loudest of three."""

    def __init__(self):
        super().__init__()
        self.clip = CLIP
        self.decide = nn.Linear(6, 3, bias=False)
        self.decide.weight.data = torch.eye(3).repeat_interleave(2, 1)

    def features(self, sound):
        return torch.fft.rfft(sound)[:, 5:].abs().unflatten(1, (6, 166)).mean(2) / 10


def struck(seed, label=LABEL, noise=0.0):
    """A decaying tone in the band of each label."""
    random = np.random.default_rng(seed)
    time = np.arange(CLIP.n_samples) / CLIP.sample_rate
    frequency = 1300 * label[:, None] + random.uniform(100, 1000, (len(label), 1))
    sound = np.exp(-random.uniform(20, 80, (len(label), 1)) * time) * np.sin(2 * np.pi * frequency * time)
    return (sound + noise * random.standard_normal(sound.shape)).astype(np.float32)


REAL = struck(0)
SOUNDS = {
    "real": [REAL],
    "10 bands": [struck(1), struck(2, noise=0.1)],
    "wrong": [struck(3, np.roll(LABEL, 1))],
}


@pytest.fixture(scope="module")
def comparison():
    return Comparison(Bands(), REAL, SOUNDS, LABEL, VIDEO, 0)


@pytest.fixture(scope="module")
def scores(comparison):
    return comparison.scores().set_index("system")


def test_a_row_a_system_with_every_figure_its_spread_and_interval(scores):
    assert scores.index.tolist() == list(SOUNDS)
    assert scores.columns[:5].tolist() == ["fid", "kid", "kl", "accuracy", "macro_accuracy"]
    assert set(scores.columns) == {
        *COLUMNS, *(f"{name}_{part}" for name in COLUMNS for part in ("std", "low", "high")), "n", "seeds",
    }  # fmt: skip
    assert set(scores["n"]) == {CLIPS} and scores["seeds"].tolist() == [1, 2, 1]
    for name in COLUMNS:
        assert (scores[f"{name}_low"] <= scores[name]).all() and (scores[name] <= scores[f"{name}_high"]).all()
        assert scores[f"{name}_std"].isna().tolist() == [True, False, True]


def test_the_real_sounds_are_at_no_distance_from_themselves(scores):
    row = scores.loc["real"]
    assert row["accuracy"] == row["macro_accuracy"] == 1
    for name in set(COLUMNS) - {"accuracy", "macro_accuracy"}:
        assert row[name] == pytest.approx(0, abs=1e-9), name
        assert row[[f"{name}_low", f"{name}_high"]].tolist() == pytest.approx([0, 0], abs=1e-6), name
    worse = scores.loc["wrong"]
    assert worse["accuracy"] == 0 and worse["kl"] > scores.loc["10 bands", "kl"] and worse["centroid_error"] > 0.5


def test_figures_are_means_over_seeds_of_the_metrics(scores):
    reference, true = judge(Bands(), REAL)
    made = [judge(Bands(), sound) for sound in SOUNDS["10 bands"]]
    row = scores.loc["10 bands"]
    expected = {
        "fid": [metrics.fid(reference, features) for features, _ in made],
        "kid": [metrics.kid(reference, features, VIDEO) for features, _ in made],
        "kad": [metrics.kad(reference, features, VIDEO) for features, _ in made],
        "kl": [metrics.kl(true, posterior) for _, posterior in made],
        "accuracy": [np.mean(posterior.argmax(1).numpy() == LABEL) for _, posterior in made],
    }
    for name, values in expected.items():
        assert row[name] == pytest.approx(np.mean(values))
        assert row[f"{name}_std"] == pytest.approx(np.std(values, ddof=1))


def test_intervals_are_over_videos(scores):
    reference, _ = judge(Bands(), REAL)
    features, _ = judge(Bands(), SOUNDS["wrong"][0])
    assert scores.loc["wrong", ["kid_low", "kid_high"]].tolist() == pytest.approx(
        kid_interval(reference, features, 0, group=VIDEO)
    )
    table = compare(Bands(), REAL, {"x": [SOUNDS["10 bands"][1]]}, LABEL, VIDEO, 0)[1].iloc[0]
    decision = judge(Bands(), SOUNDS["10 bands"][1])[1].argmax(1).numpy()
    assert (table["low"], table["high"]) == recognition.accuracy_interval(LABEL, decision, VIDEO, 0)
    assert table["chance"] == pytest.approx(1 / 3) and table["videos"] == CLIPS // 4 and table["n"] == CLIPS


def test_more_seeds_do_not_stand_for_more_clips(scores):
    """Twice the same sounds: the same figures and the same intervals."""
    twice = Comparison(Bands(), REAL, {"wrong": 2 * SOUNDS["wrong"]}, LABEL, VIDEO, 0).scores().iloc[0]
    for name in COLUMNS:
        for part in ("", "_low", "_high"):
            assert twice[name + part] == pytest.approx(scores.loc["wrong", name + part]), name
        assert twice[f"{name}_std"] == 0


def test_pairs_are_differences_to_the_reference(comparison, scores):
    table = comparison.paired("10 bands")
    assert table["system"].unique().tolist() == ["real", "wrong"] and set(table["reference"]) == {"10 bands"}
    for row in table.itertuples():
        expected = scores.loc[row.system, row.measure] - scores.loc["10 bands", row.measure]
        assert row.difference == pytest.approx(expected)
        assert row.difference_low <= row.difference <= row.difference_high
        assert row.p <= row.p_holm <= 1 and row.n == CLIPS
    rows = table.set_index(["system", "measure"])
    assert rows.loc[("wrong", "accuracy"), "difference"] == pytest.approx(-1)
    assert rows.loc[("wrong", "accuracy"), "p"] == 2 / 2 ** (CLIPS // 4)  # all videos are worse
    swapped = comparison.paired("wrong").set_index(["system", "measure"])
    assert swapped.loc[("10 bands", "kl"), "difference"] == pytest.approx(-rows.loc[("wrong", "kl"), "difference"])
    assert swapped.loc[("10 bands", "kl"), "p"] == rows.loc[("wrong", "kl"), "p"]


def test_a_lone_reference_has_a_table_without_rows():
    table = Comparison(Bands(), REAL, {"x": [REAL]}, LABEL, VIDEO, 0).paired("x")
    assert len(table) == 0 and "p_holm" in table


def test_confusion_counts_every_sound(comparison):
    table = comparison.confusion(["wood", "glass", "metal"])
    assert table.columns.tolist() == ["system", "true", "named", "count"]
    assert table.groupby("system")["count"].sum().to_dict() == {"real": CLIPS, "10 bands": 2 * CLIPS, "wrong": CLIPS}
    bands = table[table["system"] == "10 bands"]["count"].to_numpy().reshape(3, 3)
    decisions = [judge(Bands(), sound)[1].argmax(1).numpy() for sound in SOUNDS["10 bands"]]
    assert np.array_equal(bands, sum(recognition.confusion(LABEL, decision, 3) for decision in decisions))
    wrong = table[(table["system"] == "wrong") & (table["count"] > 0)]
    assert dict(zip(wrong["true"], wrong["named"], strict=True)) == {"wood": "metal", "glass": "wood", "metal": "glass"}


def test_the_same_sounds_give_the_same_bytes_in_any_company(comparison, scores):
    again = Comparison(Bands(), REAL, {"wrong": SOUNDS["wrong"]}, LABEL, VIDEO, 0).scores()
    whole = comparison.scores()
    assert again.to_csv(index=False).splitlines()[1] == whole.to_csv(index=False).splitlines()[3]


def test_other_features_change_the_distances_between_sets_alone(scores):
    def extract(sound):
        return torch.stack([sound.square().mean(1), sound.abs().mean(1)], 1)

    other = Comparison(Bands(), REAL, SOUNDS, LABEL, VIDEO, 0, extract).scores().set_index("system")
    for name in COLUMNS:
        assert np.allclose(other[name], scores[name]) == (name not in ("fid", "kid", "kad")), name
    scaled = (torch.from_numpy(each / np.abs(each).max(1, keepdims=True)) for each in (REAL, SOUNDS["wrong"][0]))
    assert other.loc["wrong", "fid"] == pytest.approx(metrics.fid(*map(extract, scaled)))


def test_a_gain_changes_nothing(scores):
    louder = {"wrong": [0.01 * SOUNDS["wrong"][0]]}
    found = Comparison(Bands(), 3 * REAL, louder, LABEL, VIDEO, 0).scores().iloc[0]
    for name in COLUMNS:
        assert found[name] == pytest.approx(scores.loc["wrong", name], rel=1e-3), name


def test_silence_has_every_figure():
    found = Comparison(Bands(), REAL, {"silence": [np.zeros_like(REAL)]}, LABEL, VIDEO, 0).scores()
    assert found[list(COLUMNS)].notna().all(axis=None)


def test_the_clips_of_a_single_video_are_taken_for_as_many():
    found = Comparison(Bands(), REAL, {"wrong": SOUNDS["wrong"]}, LABEL, np.zeros(CLIPS), 0)
    table = found.scores().iloc[0]
    assert table["kid_low"] < table["kid"] < table["kid_high"]
    assert found.accuracy().iloc[0]["videos"] == 1


def test_rows_of_other_clips_are_refused():
    real = hear(Bands(), REAL)
    for sounds, label in (([REAL[1:]], LABEL), ([REAL, REAL[:, 1:]], LABEL), ([], LABEL), ([REAL], LABEL[1:])):
        with pytest.raises(ValueError, match="labels and real sounds"):
            judge_system(Bands(), real, sounds, label)


def peaks(real, made, clip):
    """How much later the peak of a sound is than the real one's, in samples."""
    return made.sound.abs().argmax(1) - real.sound.abs().argmax(1)


def test_a_further_measure_is_a_column_with_spread_and_interval_and_compared_in_pairs(comparison, scores):
    found = Comparison(Bands(), REAL, SOUNDS, LABEL, VIDEO, 0, measures={"later": peaks})
    table = found.scores().set_index("system")
    added = ["later", "later_std", "later_low", "later_high"]
    pd.testing.assert_frame_equal(table.drop(columns=added), scores)  # the others are as they were
    late = np.stack([np.abs(each).argmax(1) - np.abs(REAL).argmax(1) for each in SOUNDS["10 bands"]])
    row = table.loc["10 bands"]
    assert row["later"] == pytest.approx(late.mean())
    assert row["later_std"] == pytest.approx(late.mean(1).std(ddof=1))
    assert row["later_low"] <= row["later"] <= row["later_high"] and table.loc["real", "later"] == 0
    pairs, known = found.paired("real").set_index(["system", "measure"]), comparison.paired("real")
    assert pairs.loc[("10 bands", "later"), "difference"] == pytest.approx(late.mean())
    assert len(pairs) == len(known) + 2


@pytest.mark.parametrize(
    "measure",
    [
        lambda real, made, clip: made.sound,
        lambda real, made, clip: made.sound.sum(1)[1:],
        lambda real, made, clip: torch.full((CLIPS,), torch.nan),
    ],
)
def test_a_measure_that_gives_no_figure_of_each_clip_is_named(measure):
    with pytest.raises(InputError, match=r"evaluation\.measures: odd gives"):
        Comparison(Bands(), REAL, SOUNDS, LABEL, VIDEO, 0, measures={"odd": measure})


def test_a_measure_does_not_take_the_place_of_a_column():
    with pytest.raises(InputError, match=r"evaluation\.measures: 'kl' is a column already"):
        Comparison(Bands(), REAL, SOUNDS, LABEL, VIDEO, 0, measures={"kl": peaks})
