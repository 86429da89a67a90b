"""What a preset's denoiser costs: operations, time and memory."""

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from presets import Preset
from rows import Row
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from impactsound.diffusion.generate import sounds
from impactsound.diffusion.objective import STEPS
from impactsound.diffusion.sampler import evaluations, guided, sample

PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}  # operations/s in bfloat16, dense, by NVIDIA's data sheets
CPU_BATCH = 2  # clips of a training step on a CPU, of the large presets
STEPS_TIMED = {"cpu": 2, "cuda": 20}
EVALUATIONS_TIMED = {"cpu": 1, "cuda": 20}  # times as many as the preset's


@dataclass(frozen=True)
class NetworkRow(Row):
    preset: str
    parameters: int
    gigaoperations: float


@dataclass(frozen=True)
class TrainingRate(Row):
    preset: str
    batch: int
    precision: str
    compiled: str
    first_s: float
    clips_per_s: float
    busy: str
    peak_MB: float


@dataclass(frozen=True)
class SamplingRate(Row):
    preset: str
    sampler: str
    evaluations: int
    timed: int
    clips: int
    evaluation_s: float
    vocoder_s: float
    clips_per_s: float
    peak_MB: float


def network_row(preset: Preset, device: str) -> NetworkRow:
    """Parameters, and operations of an evaluation for one clip."""
    network = preset.denoiser().to(device)
    parameters = sum(value.numel() for value in network.parameters())
    return NetworkRow(preset.name, parameters, _operations(network, preset, device) / 1e9)


def training_rate(preset: Preset, device: str, compiled: bool) -> TrainingRate:
    """Speed of training steps, as the preset asks for them, but for whether the network is compiled."""
    settings, objective = preset.training, preset.objective
    batch = settings.batch if device == "cuda" or preset.name == "demo" else CPU_BATCH
    network = preset.denoiser().to(device)
    operations = _operations(network, preset, device)
    half = device == "cuda" and settings.precision != "32-true" and torch.cuda.is_bf16_supported()
    if settings.channels_last:
        network.to(memory_format=torch.channels_last)
    if compiled:
        network.compile()
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-5, weight_decay=settings.weight_decay)
    x0 = torch.rand(batch, 1, preset.clip.n_bins, preset.clip.n_steps, device=device)
    told, noise = preset.told(batch, device), torch.randn_like(x0)
    t = torch.randint(STEPS, (batch,), device=device)

    def step() -> None:
        optimiser.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=half):
            loss = objective.loss(lambda x, t: network(x, t, told), x0, noise, t)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), settings.clip_norm)
        optimiser.step()

    first, *times = _timed(step, STEPS_TIMED[device] + 1, device)
    rate = batch / statistics.median(times)
    return TrainingRate(
        preset.name,
        batch,
        "bfloat16" if half else "float32",
        "yes" if compiled else "no",
        first,
        rate,
        _busy(3 * operations * rate),
        _peak(device),
    )


@torch.inference_mode()
def sampling_rate(preset: Preset, device: str) -> SamplingRate:
    """Speed of sampling and vocoder."""
    sampling, clip = preset.config["sampling"], preset.clip
    clips = preset.clips if device == "cpu" else sampling["batch"]
    keys = [str(number) for number in range(clips)]
    network, told = preset.denoiser().to(device).eval(), preset.told(clips, device)
    nothing = None if sampling["guidance"] == 1 else network.encoder.nothing(told)
    denoise = guided(network.denoise, network.encoder(told), nothing, sampling["guidance"])
    shape = (1, clip.n_bins, clip.n_steps)
    whole = evaluations(sampling["sampler"], sampling["steps"])
    timed = min(whole, preset.evaluations * EVALUATIONS_TIMED[device])

    def made() -> None:
        if timed == whole:
            settings = {"sampler": sampling["sampler"], "steps": sampling["steps"]}
            sample(denoise, shape, keys, 0, **settings, prediction=network.prediction, device=device)
            return
        x, t = torch.randn(len(keys), *shape, device=device), torch.full((len(keys),), 500, device=device)
        for _ in range(timed):
            denoise(x, t)

    denoise(torch.randn(len(keys), *shape, device=device), torch.full((len(keys),), 500, device=device))
    (passed,) = _timed(made, 1, device)
    near = 0.1 * torch.randn(len(keys), clip.n_samples)
    spectrogram = torch.rand(len(keys), *shape)
    vocoder = statistics.median(
        _timed(lambda: sounds(spectrogram, keys, clip, sampling, (0,), near, device), 3, device)
    )
    total = passed / timed * whole + vocoder
    return SamplingRate(
        preset.name,
        sampling["sampler"],
        whole,
        timed,
        len(keys),
        passed / timed,
        vocoder,
        len(keys) / total,
        _peak(device),
    )


def _operations(network: nn.Module, preset: Preset, device: str) -> float:
    clip = preset.clip
    x, t = torch.randn(1, 1, clip.n_bins, clip.n_steps, device=device), torch.zeros(1, dtype=torch.long, device=device)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        network(x, t, preset.told(1, device))
    return counter.get_total_flops()


def _timed(fn: Callable[[], object], times: int, device: str) -> Iterator[float]:
    """Seconds of each call."""
    for _ in range(times):
        begun = time.perf_counter()
        fn()
        if device == "cuda":
            torch.cuda.synchronize()
        yield time.perf_counter() - begun


def _busy(operations: float) -> str:
    """Share of the device's peak."""
    if not torch.cuda.is_available():
        return "–"
    name = torch.cuda.get_device_name()
    peak = next((peak for device, peak in PEAKS.items() if device in name), None)
    return "–" if peak is None else f"{100 * operations / peak:.1f} %"


def _peak(device: str) -> float:
    """Peak memory, of the device or of the process, in MB."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
