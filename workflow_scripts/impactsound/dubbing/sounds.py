"""The sound of a hit: generated from its edited physics in the window, and beyond it rendered from the modes.

Each hit is made by itself: in a batch the rounding of convolutions depends on how many clips there are, and a hit that
nobody edits would not keep its sound to the last bit. It takes a quarter longer than in batches.
"""

import numpy as np
import torch
from torch import Tensor

from impactsound.config import Clip
from impactsound.diffusion.edited import Priors, edited_sounds
from impactsound.dubbing.edit import Edit
from impactsound.dubbing.hits import Hit
from impactsound.dubbing.model import Model
from impactsound.dubbing.physics import MODES, Physics, sounding
from impactsound.errors import InputError
from impactsound.media.fade import faded
from impactsound.physics.modes import Modes, render_modes

MATCHED = 0.05  # s at the window's end over which the tail is made as loud as what was generated
CROSSFADE = 0.03  # s at the window's end
LOUDER = 12.0  # dB by which a tail is raised at most
SILENT = -80.0  # dB re full scale: what ends so quietly has no tail


def hit_sound(model: Model, hit: Hit, edit: Edit, latent: Tensor) -> np.ndarray:
    """The sound of a hit under an edit, `[time]`, float32, from its window's start until it has decayed.

    It depends on the model, the hit's id and match, the edit's physical part and the latent, and on nothing else.

    Shape:
        - latent: `[latent]`

    Raises:
        InputError: if it has samples that are not numbers.
    """
    physics = edit.applied(*model.bank.physics_of(hit.entry(edit)))
    sound = whole(physics, generate(model, hit, edit, latent), model.clip)
    if not np.isfinite(sound).all():
        raise InputError(
            f"hit {hit.id}: what the model makes of it is no sound; undo its edit, or copy the model again"
        )
    return sound


@torch.inference_mode()
def generate(model: Model, hit: Hit, edit: Edit, latent: Tensor) -> np.ndarray:
    """The first `clip.duration` seconds of a hit's sound as the model's system makes them.

    Its peak is that of what the physics renders: about 1, as that of the recordings, before an edit, and after it as
    much more or less as the edit asks for.

    Shape:
        - Input: `[latent]`
        - Output: `[n_samples]`, float32
    """
    physics = edit.applied(*model.bank.physics_of(hit.entry(edit)))
    priors = _priors(model, physics)
    asked = priors.rendered(model.clip)[0, 0]
    if model.network is None:
        return asked.numpy()
    sound = _denoised(model, hit, priors, physics, latent)
    return (sound * (_peak(asked) / (_peak(sound) or 1.0))).numpy()


def whole(physics: Physics, window: np.ndarray, clip: Clip) -> np.ndarray:
    """A generated window and its tail: what the modes sound like after it, as loud as it ends, crossfaded.

    Shape:
        - Input: `[mode]` each, `[n_samples]`
        - Output: `[time]`, float32, of the length that `physics.sounding` gives; the last 5 ms fade
    """
    total, sound = sounding(physics.modes, physics.onset, clip), np.zeros(0)
    gain = 0.0
    if total > clip.n_samples:
        sound = render_modes(physics.modes, total, clip.sample_rate, physics.onset).double().numpy()
        gain = _continued(window, sound[: clip.n_samples], clip.sample_rate)
    if not gain:
        return faded(window, clip.sample_rate).astype(np.float32)
    n = min(round(CROSSFADE * clip.sample_rate), clip.n_samples)
    share = np.ones(total)  # of the tail
    share[: clip.n_samples - n] = 0
    share[clip.n_samples - n : clip.n_samples] = 0.5 - 0.5 * np.cos(np.pi * (np.arange(n) + 0.5) / n)
    generated = np.pad(window.astype(float), (0, total - clip.n_samples))
    return faded((1 - share) * generated + share * gain * sound, clip.sample_rate).astype(np.float32)


def _continued(window: np.ndarray, modal: np.ndarray, sample_rate: int) -> float:
    """The gain with which modes go on as loud as a window ends; 0 where either has ended in silence."""
    n = round(MATCHED * sample_rate)
    ends, goes_on = (float(np.sqrt(np.mean(np.square(part[-n:], dtype=float)))) for part in (window, modal))
    if min(ends, goes_on) < 10 ** (SILENT / 20):
        return 0.0
    return min(ends / goes_on, 10 ** (LOUDER / 20))


def _priors(model: Model, physics: Physics) -> Priors:
    """The physics of one impact as what is told of it: modes `[1, 1, mode]`, onset `[1]`, residual `[1, time]`."""
    modes = Modes(*(getattr(physics.modes, name)[None, None] for name in MODES))
    return Priors(modes, physics.onset[None], model.renderer.render(physics.residual)[None])


def _denoised(model: Model, hit: Hit, priors: Priors, physics: Physics, latent: Tensor) -> Tensor:
    """What the network makes of a hit, `[n_samples]`, from noise that is drawn for its id."""
    shares = model.renderer.parametrisation.shares(physics.residual)
    told = {"visual": latent[None], "residual": shares[None]}
    parts, settings = model.settings.system.told, model.settings
    told = {name: values for name, values in told.items() if name in parts}
    names, sampling = [f"hit {hit.id}"], {**settings.sampling, "batch": 1}
    return edited_sounds(model.network, told, parts, priors, names, model.clip, sampling, settings.seed)[0, 0]


def _peak(sound: Tensor) -> float:
    return float(sound.abs().amax())
