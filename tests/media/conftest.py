"""Videos whose frames carry their own number and whose sound is a click, made by ffmpeg for the tests."""

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

SIDE = 64
BITS = 8


def numbered(n: int, height: int = SIDE, width: int = SIDE) -> np.ndarray:
    """Frames that show their number as eight black or white fields, 4 x 2, uint8 [n, height, width, 3]."""
    frames = np.zeros((n, height, width, 3), np.uint8)
    for bit in range(BITS):
        row, column = divmod(bit, 2)
        rows = slice(row * height // 4, (row + 1) * height // 4)
        columns = slice(column * width // 2, (column + 1) * width // 2)
        frames[:, rows, columns] = (255 * (np.arange(n) >> bit & 1))[:, None, None, None]
    return frames


def number(frame: np.ndarray) -> int:
    """The number that a frame shows, at whatever size."""
    fields = frame.mean(axis=2).reshape(4, frame.shape[0] // 4, 2, frame.shape[1] // 2).mean(axis=(1, 3))
    return int(sum((value > 127) << bit for bit, value in enumerate(fields.ravel())))


def ffmpeg(*arguments: object) -> bytes:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


def click(path: Path, onset: float, sample_rate: int, channels: int = 1, duration: float = 2.0) -> Path:
    """A WAV, silent but for 0.5 ms from the onset."""
    sound = np.zeros((round(duration * sample_rate), channels))
    start = round(onset * sample_rate)
    sound[start : start + max(sample_rate // 2000, 1)] = 0.8
    soundfile.write(path, sound, sample_rate, subtype="FLOAT")
    return path


class Studio:
    """Makes files in one folder."""

    numbered = staticmethod(numbered)
    number = staticmethod(number)
    ffmpeg = staticmethod(ffmpeg)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def video(
        self,
        name: str,
        *options: object,
        n: int = 60,
        rate: object = 30,
        size: tuple[int, int] = (SIDE, SIDE),
        wav: Path | None = None,
        delay: float = 0.0,
        vcodec: str = "libx264",
    ) -> Path:
        """A video of numbered frames, with the sound of `wav` from `delay` seconds."""
        path = self.folder / name
        raw = self.folder / "raw.rgb"
        raw.write_bytes(numbered(n, *size).tobytes())
        picture = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[1]}x{size[0]}", "-r", rate, "-i", raw]
        sound = ["-itsoffset", delay, "-i", wav] if wav else []
        ffmpeg(*picture, *sound, "-c:v", vcodec, "-threads", 1, *options, f"file:{path}")
        raw.unlink()
        return path

    def click(self, onset: float, sample_rate: int = 48000, channels: int = 1, duration: float = 2.0) -> Path:
        return click(self.folder / f"click{sample_rate}.wav", onset, sample_rate, channels, duration)


@pytest.fixture
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("studio"))
