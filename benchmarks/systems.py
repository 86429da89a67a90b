"""The estimators that are compared, by the names that they have in the tables."""

from torch import Tensor

from impactsound.physics.baselines import bin_modes, peak_modes
from impactsound.physics.estimate import estimate_modes
from impactsound.physics.modes import Modes

OURS, BINS, PEAKS = "impactsound", "bins", "peaks"
RATE = 44100  # Hz
N_SAMPLES = 11025  # 0.25 s


def bins(waveform: Tensor, sample_rate: float, max_modes: int) -> Modes:
    """A mode per STFT bin, however many are asked for."""
    return bin_modes(waveform, sample_rate)


SYSTEMS = {OURS: estimate_modes, PEAKS: peak_modes, BINS: bins}  # each of (waveform, sample_rate, max_modes)
