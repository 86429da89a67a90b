"""A tiny model, whose networks have learned nothing."""

import dataclasses
from pathlib import Path

import numpy as np
import torch

from impactsound import weights
from impactsound.config import Clip
from impactsound.diffusion.build import build
from impactsound.dubbing.bank import Bank
from impactsound.dubbing.model import write_model
from impactsound.dubbing.physics import Physics
from impactsound.dubbing.settings import Settings
from impactsound.onset.network import OnsetNetwork
from impactsound.physics.modes import Modes
from impactsound.physics.residual import Residual
from impactsound.physics.residual_encoder import ResidualEncoder
from impactsound.systems import System
from impactsound.vision.tsm import TSM

CLIP = Clip(8000, 0.25, n_fft=256, hop=64, frames=6, frame_rate=30.0, frame_size=32, floor=1e-2, ceiling=100.0)
SOUND = {"sample_rate": 8000, "duration": 0.25, "n_fft": 256, "hop": 64, "floor": 1e-2, "ceiling": 100.0}
BANDS, MATERIALS = 6, ("glass", "wood", "metal")
DECAYS = {"glass": 30.0, "wood": 120.0, "metal": 6.0}  # 1/s
SYSTEMS = {
    "modal": System("render", (), "matched", "modal"),
    "physics_render": System("diffusion", ("visual", "modes", "residual", "rendered"), "matched", "physics_render"),
}
SAMPLING = {
    "sampler": "dpm++",
    "steps": 2,
    "guidance": 2.0,
    "batch": 4,
    "griffin_lim": {"start": "physics", "iterations": 2},
}
SETTINGS = Settings(
    "tiny", "folder", MATERIALS, CLIP, "physics_render", SYSTEMS["physics_render"], SAMPLING, (0, 0), "euclidean", 20.0
)


def made_bank(encoder: str, each: int = 4) -> Bank:
    """Some entries of each material, of five modes and a residual; three slots are unused."""
    draw = np.random.default_rng(0)
    material = np.repeat(np.array(MATERIALS, dtype=object), each)
    n = len(material)
    frequency, power, phase = (
        draw.uniform(200, 3500, (n, 8)),
        draw.uniform(-30, -12, (n, 8)),
        draw.uniform(0, 6, (n, 8)),
    )
    decay = np.array([DECAYS[name] for name in material])[:, None] * draw.uniform(0.5, 2, (n, 8))
    for field, unused in ((frequency, 0), (power, -np.inf), (decay, 0), (phase, 0)):
        field[:, 5:] = unused
    bands = draw.uniform(0.01, 0.05, (n, BANDS)), draw.uniform(0, 0.02, (n, BANDS)), draw.uniform(0.05, 0.5, (n, BANDS))
    values = [torch.from_numpy(value).float() for value in (frequency, power, decay, phase, *bands)]
    physics = Physics(Modes(*values[:4]), torch.from_numpy(draw.uniform(0, 1e-3, n)).float(), Residual(*values[4:]))
    clips = [f"{name}/{number:03d}" for name in MATERIALS for number in range(each)]
    return Bank(clips, draw.normal(size=(n, 512)).astype(np.float32), material, physics, encoder)


def made_model(directory: Path, name: str = "physics_render", threshold: float = -10.0) -> Path:
    """A model directory of untrained networks that dubs by a system; below the threshold, no hit is found."""
    torch.manual_seed(0)
    files = {
        part: directory.with_name(f"{directory.name}.{part}") for part in ("vision", "onset", "network", "residual")
    }
    weights.save(files["vision"], TSM(18, len(MATERIALS)), {"depth": 18, "classes": len(MATERIALS)})
    picker = {"threshold": threshold, "refractory": 0.2}
    weights.save(
        files["onset"],
        OnsetNetwork(512, width=8),
        {
            "network": {"dim": 512, "width": 8},
            "picker": picker,
            "motion_picker": picker,
            "frame_rate": CLIP.frame_rate,
            "frame_size": CLIP.frame_size,
            "vision": weights.digest(files["vision"]),
        },
    )
    residual = {"bands": BANDS, "parametrisation": "decibel", "t60_range": [0.01, 1.0], "latest_delay": 0.02}
    residual |= {"start": "closed_form", "width": 16, "layers": 1, "heads": 2, "dropout": 0.0, "seed": 0}
    weights.save(files["residual"], ResidualEncoder(Clip(**SOUND), **residual), {"clip": SOUND, **residual})
    told = {"visual": [512], "modes": [3, CLIP.n_bins], "residual": [3, BANDS]}
    told["rendered"] = [1, CLIP.n_bins, CLIP.n_steps]
    unet = {"width": 8, "multipliers": [1, 2], "patch": [4, 4], "blocks": 1, "heads": 1, "head_dim": 8}
    network = {"clip": SOUND, "kind": "diffusion", "told": told, "network": unet}
    network |= {"prediction": "v", "sketch": 2, "physics": "energies"}
    denoiser = build(network)
    torch.nn.init.normal_(denoiser.unet.out.weight, std=0.3)
    weights.save(files["network"], denoiser, network)
    if not SYSTEMS[name].trained:
        files.pop("network").unlink()
    settings = dataclasses.replace(SETTINGS, name=name, system=SYSTEMS[name])
    write_model(directory, files, made_bank(weights.digest(files["vision"])), settings)
    for path in files.values():
        path.unlink()
    return directory
