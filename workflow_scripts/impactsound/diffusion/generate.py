"""Sounds for clips: a generator's spectrograms, made audible."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from impactsound.config import Clip
from impactsound.diffusion.condition import Told
from impactsound.diffusion.denoiser import Denoiser
from impactsound.diffusion.sampler import guided, sample
from impactsound.memory import in_batches
from impactsound.progress import progress
from impactsound.vocoder.griffin_lim import onset_phase, phase_of, random_phase, vocode


@torch.inference_mode()
def spectrograms(
    network: nn.Module, told: Told, clips: Sequence[str], clip: Clip, sampling: Mapping, seed: Sequence[object]
) -> Tensor:
    """A spectrogram for every clip; it does not depend on the others.

    Args:
        network: a `Denoiser` or a `Regression`.
        sampling: `sampler`, `steps`, `guidance`, `batch`, of which a regression heeds the last.

    Shape:
        - Output: `[clip, 1, bin, step]` in [-1, 1]
    """
    place = next(network.parameters()).device

    def made(rows: Tensor) -> Tensor:
        part = {name: values[rows].to(place) for name, values in told.items()}
        condition = network.encoder(part)
        if not isinstance(network, Denoiser):
            return network.decode(condition).float().clamp(-1, 1).cpu()
        nothing = None if sampling["guidance"] == 1 else network.encoder.nothing(part)
        return sample(
            guided(network.denoise, condition, nothing, sampling["guidance"]),
            (1, clip.n_bins, clip.n_steps),
            [clips[row] for row in rows],
            *seed,
            "sample",
            sampler=sampling["sampler"],
            steps=sampling["steps"],
            prediction=network.prediction,
            device=place,
        ).cpu()

    batches = in_batches(made, torch.arange(len(clips)), sampling["batch"])
    return torch.cat(list(progress(batches, "generate", -(-len(clips) // sampling["batch"]))))


@torch.inference_mode()
def sounds(
    spectrogram: Tensor,
    clips: Sequence[str],
    clip: Clip,
    sampling: Mapping,
    seed: Sequence[object],
    near: Tensor | None = None,
    device: str = "cpu",
) -> Tensor:
    """The sounds of log spectrograms, by Griffin-Lim.

    Args:
        sampling: `batch`, and `griffin_lim`: its `iterations`, and whether it is to `start` from a "random" phase or
            from that of "physics".
        near: the sounds of the modes and residual that a system was told, where it was; else steady cosines stand for
            them.

    Shape:
        - Input: `[clip, 1, bin, step]`, near `[clip, time]`
        - Output: `[clip, time]`
    """
    settings = sampling["griffin_lim"]

    def start(rows: Tensor) -> Tensor:
        if settings["start"] == "random":
            return random_phase([clips[row] for row in rows], clip, *seed, "phase")
        return onset_phase(clip) if near is None else phase_of(near[rows].to(device), clip)

    def made(rows: Tensor) -> Tensor:
        phase = start(rows).to(device)
        return vocode(spectrogram[rows, 0].to(device), clip, phase, settings["iterations"]).cpu()

    return torch.cat(list(in_batches(made, torch.arange(len(clips)), sampling["batch"])))
