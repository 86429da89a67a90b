"""Whether sounds are made, or copied from the training.

A sound is represented by its mel spectrogram in dB re its own loudest value, down to `FLOOR`: that sees neither gain
nor phase, so that a copy is at a distance of 0 at any gain, and one whose phase was found again near it. A distance is
the root mean square difference of two representations, in dB. Silence has the floor everywhere.

Real test sounds show what is to be expected of sounds of the same kind that are no copies, where test and training
videos are apart. A sound counts as `nearer` if a training sound is closer to it than to all but `CLOSEST` of the real
test sounds. No sounds, and sounds that differ in length, are a ValueError.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torchaudio.functional import melscale_fbanks

from impactsound.config import Clip
from impactsound.evaluation.resampling import interval, means, resample
from impactsound.vocoder.spectrogram import stft

BANDS = 40
FLOOR = -60.0  # dB re the loudest band and step of a sound
CLOSEST = 0.05  # share of the real test sounds
BATCH = 256  # sounds at a time


def representation(sound: Tensor, clip: Clip) -> Tensor:
    """Levels of mel bands at the steps of the clip's STFT, in dB, as one vector a sound.

    Shape:
        - Input: `[clip, time]`
        - Output: `[clip, band * step]`
    """
    bank = melscale_fbanks(clip.n_bins, 0.0, clip.sample_rate / 2, BANDS, clip.sample_rate, "slaney", "slaney")
    return torch.cat([_levels(part, bank.to(part), clip) for part in sound.split(BATCH)])


def nearest(sound: Tensor, training: Tensor) -> Tensor:
    """dB from each representation to the nearest of the training, `[clip]`.

    Shape:
        - Input: `[clip, n]`, `[training clip, n]`
    """
    if not len(sound) or not len(training) or sound.shape[1:] != training.shape[1:]:
        raise ValueError(f"sounds {tuple(sound.shape)} cannot be compared with the training's {tuple(training.shape)}")
    found = torch.cat([torch.cdist(part, training).argmin(1) for part in sound.split(BATCH)])
    # once more for that one alone: the products that are quick for many give no exact 0 for equal sounds
    return (sound - training[found]).square().mean(1).sqrt()


def copies_table(
    real: np.ndarray,
    sounds: Mapping[str, Sequence[np.ndarray]],
    training: np.ndarray,
    video: np.ndarray,
    clip: Clip,
    seed: int,
) -> pd.DataFrame:
    """A row a system, that of the real test sounds first.

    Columns: `system`; `distance`, the median of the distances to the nearest training sound, over clips and seeds;
    `real_distance`, that of the real test sounds; `nearer`, the share of sounds nearer to the training than the closest
    of those are, with its 95 % interval over videos; `n` clips, `training` sounds, `seeds`.

    Args:
        real: test sounds; sounds: each system's for the same clips, one array a seed; training: its sounds;
        video: of each test clip.

    Shape:
        - Input: `[clip, time]` each, `[training clip, time]`, `[clip]`
    """
    known = representation(torch.from_numpy(training).float(), clip)
    made = {"real": [real], **{name: each for name, each in sounds.items() if name != "real"}}
    far = {name: np.stack([_nearest(sound, known, clip) for sound in each]) for name, each in made.items()}
    usual, drawn = far["real"], resample(video, seed)
    limit, rows = np.quantile(usual, CLOSEST), []
    for name, distance in far.items():
        nearer = (distance < limit).mean(0)
        low, high = interval(means(nearer, drawn))
        figures = {"distance": np.median(distance), "real_distance": np.median(usual), "nearer": nearer.mean()}
        counts = {"n": distance.shape[1], "training": len(training), "seeds": len(distance)}
        rows.append({"system": name} | figures | {"nearer_low": low, "nearer_high": high} | counts)
    return pd.DataFrame(rows)


def _nearest(sound: np.ndarray, known: Tensor, clip: Clip) -> np.ndarray:
    return nearest(representation(torch.from_numpy(sound).float(), clip), known).numpy()


def _levels(sound: Tensor, bank: Tensor, clip: Clip) -> Tensor:
    power = bank.T @ stft(sound, clip).abs().square()
    loudest = power.amax((1, 2), keepdim=True)
    share = torch.where(loudest > 0, power / loudest, 0.0)
    return (10 * share.log10()).clamp_min(FLOOR).flatten(1)
