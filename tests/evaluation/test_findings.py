"""What is said is what the tables hold."""

import pandas as pd
import pytest

from impactsound.evaluation.findings import findings
from impactsound.evaluation.names import title

COMPARISON = pd.DataFrame(
    {
        "system": ["real", "retrieval", "video", "physics", "physics_oracle", "physics_render"],
        "fid": [0.0, 4.0, 10.0, 8.25, 6.5, 9.0],
        "accuracy": [1.0, 0.85, 0.4, 0.45, 0.5, 0.75],
    }
)


def said(folder, **tables) -> str:
    for name, table in tables.items():
        pd.DataFrame(table).to_csv(folder / f"{name}.csv", index=False)
    text = " ".join(findings({name: folder / f"{name}.csv" for name in tables}))
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_best_of_what_is_generated_and_of_what_is_copied(tmp_path):
    text = said(tmp_path, comparison=COMPARISON)
    assert f"{title('physics')} comes nearest to the real ones by FID (8.25)" in text
    assert f"best from {title('physics_render')} (75 %)" in text
    assert f"from {title('retrieval')} it recognises 85 %" in text
    assert "FID of 6.5 in place of 8.25" in text and "50 % in place of 45 %" in text


@pytest.mark.parametrize(
    ("p", "words"),
    [([0.01, 0.5], "recognised better: Video; no difference can be shown of the other 1"), ([0.6, 0.5], "the other 2")],
)
def test_only_sure_differences_are_called_so(tmp_path, p, words):
    paired = {"system": ["video", "modal"], "reference": "physics", "measure": "accuracy"}
    paired |= {"difference": [0.2, -0.3], "p_holm": p}
    text = said(tmp_path, paired=pd.DataFrame(paired))
    assert words in text and "worse" not in text


def test_edits_that_are_followed_and_not(tmp_path):
    editing = {"system": ["modal", "physics", "physics_render"], "measure": "pitch"}
    editing |= {"asked": 6.0, "obtained": [6.0, -0.6, 5.4]}
    text = said(tmp_path, editing=pd.DataFrame(editing))
    assert f"{title('physics_render')} makes by 90 %" in text and f"{title('physics')} makes by −10 %" in text


def test_the_cheapest_sampling_that_is_as_good(tmp_path):
    sampling = {"sampler": ["ddpm", "dpm++", "ddim"], "evaluations": [1000, 6, 12], "kid": [0.1, 0.4, 0.2]}
    text = said(tmp_path, sampling=pd.DataFrame(sampling).assign(kid_high=0.3))
    assert text.startswith("12 evaluations of the network (ddim)") and "of 1000 (ddpm)" in text


def test_what_training_lacked_and_what_noise_hides(tmp_path):
    unseen = {"variant": "no_metal", "system": "video", "trained": ["with all", "without"], "part": "left out"}
    unseen |= {"accuracy": [0.8, 0.1]}
    noise = {"recording": ["clean", "snr_5"], "recall": [0.6, 0.3]}
    text = said(tmp_path, unseen=pd.DataFrame(unseen), noise=pd.DataFrame(noise))
    assert f"(no_metal) the material is recognised from {title('video')} 10 % in place of 80 %" in text
    assert "60 % are found in clean recordings, and 30 % in the worst (snr_5)" in text


def test_matching_is_told_beside_chance_and_bound(tmp_path):
    matching = {"split": "test", "way": ["bank", "match_5", "chance", "nearest_physics"]}
    matching |= {"same": [0.85, 0.8, 0.1, 0.6], "energy": [13.9, 11.7, 17.3, 9.9]}
    text = said(tmp_path, matching=pd.DataFrame(matching))
    assert "85 % of test clips (chance 10 %), at best in 85 % (bank)" in text
    assert "13.9 dB off, at best 11.7 (match_5)" in text and "would be 9.9 dB off" in text


def test_of_tables_that_were_not_made_nothing_is_said():
    assert findings({}) == []
