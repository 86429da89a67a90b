"""A perfect bank is perfect, chance is the mean over draws, and a blend's error is that of the mean."""

import numpy as np
import pandas as pd
import pytest
import torch

from impactsound.diffusion.energy_encoder import FLOOR, modal_energy
from impactsound.evaluation.matching import Physics, Question, distances, errors, physics_of, resampled_means
from impactsound.physics.modes import Modes

RNG = np.random.default_rng(0)
ENTRIES, CLIPS = 40, 12


def physics(clips):
    return Physics(*(torch.from_numpy(RNG.normal(size=(clips, n))) for n in (30, 1, 1, 8)))


@pytest.fixture(scope="module")
def question():
    material, video = np.tile(list("abc"), 4), np.repeat(["u", "v", "w"], 4)
    return Question(physics(CLIPS), material, video, physics(ENTRIES), RNG.choice(list("abc"), ENTRIES))


def alone(rows, k=10):
    """The matches of clips, of which the first has all the weight."""
    others = np.stack([np.setdiff1d(np.arange(ENTRIES), row)[: k - 1] for row in rows])
    weight = np.zeros((len(rows), k), np.float32)
    weight[:, 0] = 1
    return np.concatenate([rows[:, None], others], axis=1), weight


def test_distances_and_errors_are_root_mean_squares(question):
    apart = distances(question.bank, question.own)
    expected = (question.own.energy[3] - question.bank.energy[7]).square().mean().sqrt()
    assert float(apart["energy"][3, 7]) == pytest.approx(float(expected))
    assert float(apart["frequency"][3, 7]) == pytest.approx(
        float((question.own.frequency[3] - question.bank.frequency[7]).abs())
    )
    found = errors({"latent": question.bank.latent[:CLIPS]}, question.own)["latent"]
    np.testing.assert_allclose(found, apart["latent"].diagonal().numpy())


def test_the_nearest_by_physics_is_what_no_single_match_can_beat(question):
    ways = {"first": alone(np.arange(CLIPS)), "other": alone(np.arange(CLIPS) + 20)}
    scores = question.scores(ways, question.own.latent)
    for way in ways:
        assert (scores[way].energy >= scores["nearest_physics"].energy - 1e-9).all()
    assert (scores["nearest_physics"].filter(like="recall") == 1).all(axis=None)
    np.testing.assert_allclose(
        scores["nearest_physics"].energy, distances(question.bank, question.own)["energy"].amin(1).numpy()
    )


def test_the_own_physics_and_its_regression_have_no_error(question):
    scores = question.scores({}, question.own.latent)
    assert (scores["own"][["energy", "frequency", "t60", "latent"]] == 0).all(axis=None)
    assert (scores["regressed"].latent == 0).all() and list(scores["regressed"]) == ["latent"]
    off = question.scores({}, question.own.latent + 0.25)["regressed"].latent
    np.testing.assert_allclose(off, 0.25)


def test_chance_is_the_mean_of_every_entry_matched_in_turn(question):
    nearest = distances(question.bank, question.own)["energy"].argmin(1).numpy()
    every = [question.score(*alone(np.full(CLIPS, entry), k=1), nearest) for entry in range(ENTRIES)]
    expected = sum(every) / ENTRIES
    found = question.scores({}, question.own.latent)["chance"]
    for measure in ("same", "energy", "frequency", "t60", "latent", "recall_1"):
        np.testing.assert_allclose(found[measure], expected[measure], rtol=1e-5, err_msg=measure)
    assert (found["recall_5"] == 5 / ENTRIES).all()


def test_a_blend_of_all_is_the_average_and_nobody_does_better_by_the_same_for_all(question):
    rows = np.tile(np.arange(ENTRIES), (CLIPS, 1))
    blend = np.full(rows.shape, 1 / ENTRIES, np.float32)
    scores = question.scores({"all": (rows, blend)}, question.own.latent)
    for measure in ("same", "energy", "frequency", "t60", "latent"):
        np.testing.assert_allclose(scores["all"][measure], scores["average"][measure], rtol=1e-5)
    # of squares: E(x - y)^2 = Var(y) + (x - mean y)^2
    assert (scores["average"].energy < scores["chance"].energy).all()


def test_same_is_the_weight_of_the_material(question):
    rows = np.tile([0, 1, 2], (CLIPS, 1))
    weight = np.tile(np.float32([0.5, 0.3, 0.2]), (CLIPS, 1))
    same = question.score(rows, weight, np.zeros(CLIPS, int)).same
    expected = [(weight[0] * (question.bank_material[:3] == name)).sum() for name in question.material]
    np.testing.assert_allclose(same, expected, rtol=1e-6)


def test_recall_counts_matches_that_are_not_blended(question):
    rows, weight = alone(np.arange(CLIPS))
    place = np.arange(CLIPS) % 10
    found = question.score(rows, weight, rows[np.arange(CLIPS), place])
    for k in (1, 5, 10):
        assert found[f"recall_{k}"].tolist() == (place < k).astype(float).tolist()


def test_the_nearest_match_is_scored_alone(question):
    rows, _ = alone(np.arange(CLIPS))
    blend = np.full(rows.shape, 0.1, np.float32)
    found = question.nearest({"way": (rows, blend)})["way"]
    expected = question.score(*alone(np.arange(CLIPS)), np.zeros(CLIPS, int))[["same", "energy"]]
    pd.testing.assert_frame_equal(found, expected, rtol=1e-5)


def test_the_table_has_means_and_those_over_materials(question):
    material = np.array(["a"] * 9 + ["b"] * 3)
    uneven = Question(question.own, material, question.video, question.bank, np.full(ENTRIES, "a"))
    scores = uneven.scores({"way": alone(np.arange(CLIPS))}, question.own.latent)
    table = uneven.table(scores).set_index("way")
    assert table.loc["way", "same"] == 0.75 and table.loc["way", "macro_same"] == 0.5
    assert table.loc["way", "energy"] == pytest.approx(scores["way"].energy.mean())
    assert np.isnan(table.loc["regressed", "same"]) and (table.n == CLIPS).all() and (table.videos == 3).all()


def test_a_way_differs_from_itself_by_nothing_and_intervals_hold_the_mean(question):
    scores = question.scores({"one": alone(np.arange(CLIPS))}, question.own.latent)
    found = question.intervals(scores, "one", 0).set_index(["way", "measure"])
    own = found.loc["one"]
    assert (own[["difference", "difference_low", "difference_high"]] == 0).all(axis=None)
    assert ((found.mean_low <= found["mean"] + 1e-9) & (found["mean"] <= found.mean_high + 1e-9)).all()
    assert found.loc[("own", "energy"), "difference"] == pytest.approx(-own.loc["energy", "mean"])


def test_resampled_means_draw_whole_videos():
    video = np.array(["u"] * 3 + ["v"])
    values = pd.DataFrame({"x": [1.0, 1.0, np.nan, 0.0]})
    drawn = resampled_means(values, video, 0, draws=4000).x
    # of two videos: u twice, each once, v twice
    shares = {1.0: 0.25, 2 / 3: 0.5, 0.0: 0.25}
    assert set(drawn.round(9)) == {round(value, 9) for value in shares}
    for value, share in shares.items():
        assert np.isclose(drawn, value).mean() == pytest.approx(share, abs=0.03)
    assert resampled_means(values, video, 0).equals(resampled_means(values, video, 0))


def test_physics_are_of_the_strongest_mode():
    power = torch.tensor([[-20.0, -6.0, -torch.inf], [-torch.inf] * 3])
    frequency = torch.tensor([[100.0, 256.0, 0.0], [0.0] * 3])
    t60 = torch.tensor([[1.0, 0.5, 1.0], [1.0] * 3])
    slots = torch.rand(2, 3, 5, generator=torch.Generator().manual_seed(0))
    found = physics_of(slots, Modes(frequency, power, np.log(1000) / t60, torch.zeros(2, 3)), torch.zeros(2, 4))
    assert found.frequency[0] == 8 and found.t60[0].item() == pytest.approx(-1)
    assert found.frequency[1].isnan() and found.t60[1].isnan()
    torch.testing.assert_close(found.energy, -FLOOR * modal_energy(slots).flatten(1))


def test_entries_without_a_mode_are_left_out_of_a_blend(question):
    bank = Physics(**{name: values.clone() for name, values in question.bank.fields().items()})
    bank.frequency[0] = torch.nan
    lacking = Question(question.own, question.material, question.video, bank, question.bank_material)
    rows, weight = np.tile([0, 1], (CLIPS, 1)), np.full((CLIPS, 2), 0.5, np.float32)
    found = lacking.score(rows, weight, np.zeros(CLIPS, int)).frequency
    np.testing.assert_allclose(found, (bank.frequency[1] - question.own.frequency).abs()[:, 0], rtol=1e-6)
    assert lacking.scores({}, question.own.latent)["chance"].frequency.notna().all()
