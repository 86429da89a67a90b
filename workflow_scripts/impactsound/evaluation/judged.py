"""What is asked of the sounds of a system, clip by clip, against the real sounds of the same clips.

Conventions: sounds are `[clip, time]`, at the rate of the judge's clips, and are scaled to a peak of 1 before anything
is asked of them. A system's sounds are those of one network or more, a seed each; figures are `[seed, clip]`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from impactsound import plugins
from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.evaluation import descriptors, metrics
from impactsound.evaluation.classifier import SoundClassifier
from impactsound.evaluation.reconstruction import log_magnitude_l1

BATCH = 256  # sounds at a time

Extractor = Callable[[Tensor], Tensor]  # features `[clip, feature]` of sounds `[clip, time]`


@dataclass(frozen=True)
class Heard:
    """A set of sounds: scaled, `[clip, time]`; features `[clip, feature]`, posteriors `[clip, class]`, descriptors."""

    sound: Tensor
    features: Tensor
    posterior: Tensor
    descriptors: dict[str, Tensor]


# of the real sounds and of a system's for the same clips: a figure of each clip, `[clip]`
Measure = Callable[[Heard, Heard, Clip], Tensor]


@dataclass(frozen=True)
class Judged:
    """A system: features of each seed's sounds; decisions, and figures by name, `[seed, clip]` each.

    The figures are `accuracy` (1 where the material is recognised), `kl` (nats), `log_distance`, and the errors of the
    descriptors: `centroid_error` (octaves), `decay_error` (doublings of T60), `loudness_error` (dB).
    """

    features: Sequence[Tensor]
    decision: np.ndarray
    figures: Mapping[str, np.ndarray]


@torch.inference_mode()
def judge(network: SoundClassifier, sound: np.ndarray) -> tuple[Tensor, Tensor]:
    """Features `[clip, feature]` and posteriors `[clip, class]` of sounds, each scaled to a peak of 1."""
    place = next(network.parameters()).device
    scaled = descriptors.peak_normalised(torch.from_numpy(sound).float())
    features = torch.cat([network.features(part.to(place)) for part in scaled.split(BATCH)])
    return features.cpu(), network.decide(features).softmax(1).cpu()


def hear(network: SoundClassifier, sound: np.ndarray, extract: Extractor | None = None) -> Heard:
    """Ask of one set of sounds what does not depend on others; `extract` gives other features than the judge's."""
    scaled = descriptors.peak_normalised(torch.from_numpy(sound).float())
    features, posterior = judge(network, sound)
    if extract is not None:
        features = torch.cat([extract(part) for part in scaled.split(BATCH)])
    return Heard(scaled, features, posterior, descriptors.describe(scaled, network.clip.sample_rate))


def read_measures(names: Iterable[str]) -> dict[str, Measure]:
    """The functions of `measures` that the config's `evaluation.measures` names.

    Raises:
        InputError: if there is none of a name.
    """
    return {name: plugins.load(plugins.MEASURES, name, "evaluation.measures", "measure") for name in names}


def judge_system(
    network: SoundClassifier,
    real: Heard,
    sounds: Sequence[np.ndarray],
    label: np.ndarray,
    extract: Extractor | None = None,
    measures: Mapping[str, Measure] | None = None,
) -> Judged:
    """Judge a system's sounds for the same clips, one array a seed.

    Args:
        measures: of which there are figures besides.

    Raises:
        ValueError: if there are none, or they are of other clips or lengths than the real ones.
        InputError: if a measure does not give a finite figure of each clip.
    """
    shapes = {sound.shape for sound in sounds}
    if shapes != {tuple(real.sound.shape)} or len(label) != len(real.sound):
        raise ValueError(f"sounds {sorted(shapes)} for {len(label)} labels and real sounds {tuple(real.sound.shape)}")
    heard = [hear(network, sound, extract) for sound in sounds]
    decision = np.stack([each.posterior.argmax(1).numpy() for each in heard])
    figures = [_figures(real, each, network.clip, measures or {}) for each in heard]
    figures = {name: np.stack([each[name].double().numpy() for each in figures]) for name in figures[0]}
    return Judged(
        [each.features for each in heard], decision, {"accuracy": (decision == label).astype(float), **figures}
    )


def _figures(real: Heard, made: Heard, clip: Clip, measures: Mapping[str, Measure]) -> dict[str, Tensor]:
    sizes = (clip.n_fft // 4, clip.n_fft // 2, clip.n_fft)
    parts = zip(real.sound.split(BATCH), made.sound.split(BATCH), strict=True)
    return {
        "kl": metrics.divergence(real.posterior, made.posterior),
        "log_distance": torch.cat([log_magnitude_l1(*pair, sizes) for pair in parts]),
        **descriptors.errors(real.descriptors, made.descriptors),
        **_measured(real, made, clip, measures),
    }


def _measured(real: Heard, made: Heard, clip: Clip, measures: Mapping[str, Measure]) -> dict[str, Tensor]:
    figures = {name: measure(real, made, clip) for name, measure in measures.items()}
    for name, values in figures.items():
        if values.shape != (len(real.sound),) or not values.isfinite().all():
            raise InputError(
                f"config: evaluation.measures: {name} gives {tuple(values.shape)} for {len(real.sound)} clips, or what "
                "is not finite"
            )
    return figures
