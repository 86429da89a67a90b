"""Sounds for clips: the denoiser's spectrograms, made audible."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.diffusion.build import load
from impactsound.diffusion.denoiser import Condition, Denoiser
from impactsound.diffusion.sampler import guided, sample
from impactsound.progress import progress
from impactsound.vocoder.griffin_lim import griffin_lim, random_phase
from impactsound.vocoder.spectrogram import magnitude


@torch.inference_mode()
def generate(
    denoiser: Denoiser,
    condition: Condition,
    clips: Sequence[str],
    clip: Clip,
    sampling: Mapping,
    prediction: str,
    seed: int,
) -> Tensor:
    """Generate a sound for every clip; a clip's sound does not depend on the others.

    Args:
        sampling: `sampler`, `steps`, `guidance`, `batch`, `griffin_lim`.
        prediction: what the denoiser was trained to say, "v" or "epsilon".

    Shape:
        - Output: `[clip, time]`
    """
    place = next(denoiser.parameters()).device
    sounds = []
    for rows in progress(torch.arange(len(clips)).split(sampling["batch"]), "generate"):
        keys = [clips[row] for row in rows]
        physics = None if condition.physics is None else condition.physics[rows].to(place)
        told = Condition(condition.visual[rows].to(place), physics)
        spectrogram = sample(
            guided(denoiser, told, sampling["guidance"]),
            (1, clip.n_bins, clip.n_steps),
            keys,
            seed,
            "sample",
            sampler=sampling["sampler"],
            steps=sampling["steps"],
            prediction=prediction,
            device=place,
        )
        phase = random_phase(keys, clip, seed, "phase").to(place)
        loudness = magnitude(spectrogram[:, 0], clip)
        sounds.append(griffin_lim(loudness, clip, phase, sampling["griffin_lim"]).cpu())
    return torch.cat(sounds)


def generate_from(
    model: str | Path,
    visual: np.ndarray,
    physics: np.ndarray | None,
    clips: Sequence[str],
    clip: Clip,
    sampling: Mapping,
    seed: int,
    place: str,
) -> np.ndarray:
    """As `generate`, by a trained model's file on the device `place`.

    Args:
        physics: physics latents; None for a denoiser that has no physics encoder.

    Shape:
        - Input: visual `[clip, visual latent]`, physics `[clip, physics latent]`
        - Output: `[clip, time]`
    """
    denoiser, settings = load(model)
    told = Condition(torch.from_numpy(visual), None if physics is None else torch.from_numpy(physics))
    return generate(denoiser.to(place), told, clips, clip, sampling, settings["prediction"], seed).numpy()
