"""The sound of priors from their files is the modes', from their onset, and the residual's, by clip id."""

import torch

from impactsound import store
from impactsound.config import Clip
from impactsound.physics.modes import Modes, render_modes
from impactsound.physics.rendering import render_priors
from impactsound.physics.residual import Residual, noise_bands, render_residual

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64)
CLIPS = ["bell", "cup", "drum"]
BANDS, SEED = 6, 3


def written(folder) -> tuple[Modes, torch.Tensor, Residual]:
    """Priors of three clips, and their files."""
    draw = torch.rand(7, 3, BANDS, generator=torch.Generator().manual_seed(0))
    modes = Modes(100 + 3000 * draw[0], -20 * draw[1], 10 + 50 * draw[2], 6 * draw[3])
    residual = Residual(0.1 * draw[4], 0.01 * draw[5], 0.05 + draw[6])
    onset = torch.tensor([0.0, 0.01, 0.02])
    fields = {name: getattr(modes, name).numpy() for name in ("frequency", "power", "decay", "phase")}
    store.write(folder / "modes.h5", "modes/2", CLIPS, {}, {}, **fields, onset=onset.numpy())
    fields = {name: getattr(residual, name).numpy() for name in ("weight", "delay", "t60")}
    store.write(folder / "residual.h5", "residual/2", CLIPS, {"bands": BANDS, "seed": SEED}, {}, **fields)
    return modes, onset, residual


def test_priors_sound_as_modes_from_their_onset_and_residual(tmp_path):
    modes, onset, residual = written(tmp_path)
    noise = noise_bands(BANDS, CLIP.n_samples, CLIP.sample_rate, SEED)
    modal = render_modes(modes, CLIP.n_samples, CLIP.sample_rate, onset)
    both = modal + render_residual(residual, noise, CLIP.sample_rate)
    wanted = ["drum", "bell", "drum"]
    sound = render_priors(tmp_path / "modes.h5", tmp_path / "residual.h5", wanted, CLIP)
    torch.testing.assert_close(sound, both[[2, 0, 2]], rtol=0, atol=1e-6)
    assert not torch.allclose(sound, modal[[2, 0, 2]], atol=1e-3)
