"""Sounds for clips: the denoiser's spectrograms, made audible."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from impactsound.config import Clip
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
