"""The hits of a video: when they are, as given or found, and what each looks like."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from impactsound.dubbing.hits import Hit, Hits
from impactsound.dubbing.match import MICROSECOND, match, see
from impactsound.dubbing.model import Model, no_larger
from impactsound.dubbing.physics import BANDS, MODES
from impactsound.dubbing.settings import WEIGHTS, of_this_version
from impactsound.dubbing.times import beside, given_times
from impactsound.dubbing.track import fitting_gain
from impactsound.errors import InputError
from impactsound.media.ffmpeg import length
from impactsound.media.frames import frame_windows
from impactsound.media.window import first_frame
from impactsound.onset.find import find_hits, load
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.residual import Residual
from impactsound.progress import progress


def hits_of(video: str | Path, model: Model, times: str | Path | None = None) -> tuple[Hits, Tensor]:
    """The hits of a video, matched with the model's bank, and their visual latents `[hit, latent]`.

    Args:
        times: when they are, as `given_times` takes it; None: as `<video>_times.txt` says, and where there is none they
            are looked for.

    Raises:
        InputError: if the video cannot be read, or a time is none of it.
    """
    duration, given = duration_of(video), times or beside(video)
    if given:
        when = np.array(given_times(given, duration))
        sure = [None] * len(when)
    else:
        with of_this_version(model.onset), no_larger(model.onset):
            detector = load(model.onset, model.onset.with_name(WEIGHTS["vision"]))
        detector.network.to(model.device)
        when, sure = find_hits(video, model.vision, detector)
    when = when.clip(0, duration).round(MICROSECOND)  # as a file of hits has them
    latent = looks(video, when, model)
    return around(video, duration, match(model, latent, when, sure), model), latent


def duration_of(video: str | Path) -> float:
    """Seconds that a video's picture lasts, as a file of hits has them."""
    return round(length(video, "V:0"), MICROSECOND)


def looks(video: str | Path, times: np.ndarray, model: Model) -> Tensor:
    """The visual latents of hits at these times in s: `[hit, latent]`.

    Raises:
        InputError: if the video cannot be read, or what the model sees is no number.
    """
    order = np.argsort(times, kind="stable")  # as the video is read once
    starts = [first_frame(time, model.clip) for time in times[order]]
    windows = frame_windows(video, starts, model.clip, clamp=True)
    latent = see(model, progress(windows, "look at hits", len(times)))[np.argsort(order)]
    if not latent.isfinite().all():
        raise InputError(f"{video}: the model sees nothing in it that is a number; copy the model again")
    return latent


def around(video: str | Path, duration: float, hits: list[Hit], model: Model) -> Hits:
    """Hits with what is common to them."""
    clip, gain = model.clip, fitting_gain(unedited_peaks(hits, model))
    return Hits(Path(video).name, model.id, clip.sample_rate, clip.duration, duration, gain, tuple(hits))


def unedited_peaks(hits: Sequence[Hit], model: Model) -> np.ndarray:
    """The largest magnitude of what the physics of every hit renders in its window, no edit being made: `[hit]`.

    What is generated has these peaks, so that a gain that goes by them is the same whatever is edited.
    """
    physics, clip = model.bank.physics, model.clip
    rows, place = np.unique([model.bank.row(hit.matched) for hit in hits], return_inverse=True)
    modes = Modes(*(getattr(physics.modes, name)[rows] for name in MODES))
    bands = Residual(*(getattr(physics.residual, name)[rows] for name in BANDS))
    sound = render_modes(modes, clip.n_samples, clip.sample_rate, physics.onset[rows]) + model.renderer.render(bands)
    peaks = sound.detach().abs().amax(1).numpy()[place]
    mute = np.flatnonzero(~np.isfinite(peaks))
    if len(mute):
        raise InputError(f"{hits[mute[0]].matched}: the bank's physics of it has no sound; copy the model again")
    return peaks
