"""The settings of a clip; every length is derived from the rates here and nowhere else."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Clip:
    """One impact: a short sound from its onset, and the frames around it.

    sample_rate: Hz, duration: s, n_fft and hop: samples, frames: count, frame_rate: frames/s,
    frame_size: pixels of the square frame's side, floor and ceiling: the STFT magnitudes that the
    normalised log spectrogram maps to -1 and 1.
    """

    sample_rate: int = 44100
    duration: float = 0.25
    n_fft: int = 2048
    hop: int = 256
    frames: int = 22
    frame_rate: float = 30000 / 1001
    frame_size: int = 224
    floor: float = 1e-8
    ceiling: float = 385.3188

    @property
    def n_samples(self) -> int:
        """Samples in the sound."""
        return round(self.duration * self.sample_rate)

    @property
    def n_bins(self) -> int:
        """Frequency bins of the STFT."""
        return self.n_fft // 2 + 1

    @property
    def n_steps(self) -> int:
        """Time steps of the centred STFT."""
        return 1 + self.n_samples // self.hop

    @property
    def bin_width(self) -> float:
        """Hz between two STFT bins."""
        return self.sample_rate / self.n_fft

    @property
    def frames_before(self) -> int:
        """Frames shown before the one at the onset."""
        return self.frames // 2
