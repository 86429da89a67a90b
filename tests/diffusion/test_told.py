"""What is told is read for the right clips, and a bad value is reported by its clip."""

import numpy as np
import pandas as pd
import pytest
import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.corpus.table import COLUMNS
from impactsound.diffusion.told import check_finite, read_told
from impactsound.errors import InputError
from impactsound.vocoder.spectrogram import log_spectrogram

CLIP = Clip(sample_rate=8000, duration=0.1, n_fft=64, hop=32)
CLIPS, MATERIALS = ["a/0", "a/1", "b/0"], ["glass", "wood"]
PARTS = ("visual", "material", "mfcc", "spectral", "modes", "residual", "rendered")


@pytest.fixture
def files(tmp_path):
    """Files whose values are the number of their clip."""
    number = np.arange(3, dtype=np.float32)
    kept = {"parametrisation": "decibel", "t60_range": [0.01, 3.0], "latest_delay": 0.02}

    def write(name, schema, config=None, **datasets):
        path = tmp_path / f"{name}.h5"
        store.write(path, schema, CLIPS, config or {}, {}, **datasets)
        return path

    rows = pd.DataFrame(
        dict.fromkeys(COLUMNS, "") | {"clip": CLIPS, "material": ["wood", "wood", "glass"], "split": "test"}
    )
    rows["video"], rows["event"], rows["onset"] = ["a", "a", "b"], [0, 1, 0], 1.0
    rows.to_csv(tmp_path / "manifest.csv", index=False)
    slots = np.zeros((3, 3, CLIP.n_bins), np.float32)
    slots[:, 1] = -40.0 + 4 * number[:, None]  # dB
    bands = {"weight": number[:, None] / 10, "delay": number[:, None] / 1000, "t60": 0.1 + number[:, None] / 10}
    sound = number[:, None] * np.sin(np.arange(CLIP.n_samples))[None].astype(np.float32)
    return {
        "labels": tmp_path / "manifest.csv",
        "visual": write("visual", "visual/1", latent=np.tile(number[:, None], 4)),
        "features": write("features", "features/1", mfcc=np.tile(number[:, None], 6), spectral=number[:, None]),
        "slots": write("slots", "slots/1", slots=slots),
        "residual": write("residual", "residual/2", kept, **bands),
        "rendered": write("rendered", "rendered/1", sound=sound),
    }


def test_what_is_seen_is_the_clips_and_the_rest_its_matchs(files):
    clips, matches = ["a/0", "b/0"], ["b/0", "a/1"]
    told = read_told(PARTS, files, clips, matches, CLIP, MATERIALS)
    assert told["visual"][:, 0].tolist() == [0, 2]
    assert told["material"].tolist() == [[0, 1], [1, 0]]
    assert told["mfcc"][:, 0].tolist() == told["spectral"][:, 0].tolist() == [2, 1]
    assert told["modes"][:, 1, 0].tolist() == pytest.approx([1 - 2 * 32 / 80, 1 - 2 * 36 / 80])
    assert told["residual"].shape == (2, 3, 1) and told["residual"][0, 0] > told["residual"][1, 0]
    sound = np.sin(np.arange(CLIP.n_samples)).astype(np.float32) * np.array([[2], [1]], np.float32)
    torch.testing.assert_close(told["rendered"][:, 0], log_spectrogram(torch.from_numpy(sound), CLIP))


def test_only_the_parts_asked_for_are_read(files):
    told = read_told(["visual"], {"visual": files["visual"]}, CLIPS, CLIPS, CLIP, ())
    assert set(told) == {"visual"}


def test_a_clip_with_a_bad_value_is_named(files):
    values = torch.zeros(3, 4)
    check_finite(values, CLIPS, "sound")
    values[1, 2] = torch.nan
    with pytest.raises(InputError, match="clip a/1: its sound has values that are not finite"):
        check_finite(values, CLIPS, "sound")
    with store.open(files["features"], "features/1") as file:
        features = {name: values[:] for name, values in file.items() if name != "clip"}
    features["mfcc"][2, 0] = np.inf
    store.write(files["features"], "features/1", CLIPS, {}, {}, **features)
    with pytest.raises(InputError, match="clip b/0: its mfcc"):
        read_told(["visual", "mfcc"], files, ["a/0"], ["b/0"], CLIP, MATERIALS)
