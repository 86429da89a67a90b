"""Whole videos and sounds to be damaged: of the package's own simulator, in many containers, and real ones."""

import subprocess
from pathlib import Path

import imageio_ffmpeg

from impactsound.corpus.simulated import Simulation, simulate

SHARED = Path(__file__).parents[3] / "shared" / "data"
REAL = {
    "real.mp4": "greatest_hits_mini/vis-data-256/2015-01-01-00-00-01_denoised_thumb.mp4",
    "real.wav": "diffimpact/steel-fork-steel-bowl/1623445096936_69.wav",
}
SIMULATION = Simulation(videos=1, hits=2, width=64, height=48, sample_rate=16000, materials=("metal",), test=0)
CONVERTED = {  # by what ffmpeg is told to make of the simulated picture and sound
    "both.mp4": ("-c:v", "copy", "-c:a", "aac"),
    "fragments.mp4": ("-c:v", "copy", "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"),
    "both.mkv": ("-c:v", "copy", "-c:a", "flac"),
    "both.webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"),
    "both.avi": ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"),
    "both.mov": ("-c:v", "mpeg4", "-c:a", "pcm_s24le"),
    "both.ts": ("-c:v", "copy", "-c:a", "mp2", "-f", "mpegts"),
    "both.flv": ("-c:v", "flv", "-ar", "22050", "-c:a", "mp3"),
    "both.mpg": ("-c:v", "mpeg1video", "-r", "30", "-c:a", "mp2", "-f", "mpeg"),
    "sound.flac": ("-vn", "-c:a", "flac"),
    "sound.mp3": ("-vn", "-c:a", "mp3"),
    "sound.ogg": ("-vn", "-c:a", "libopus"),
}


def made_samples(folder: Path) -> dict[str, bytes]:
    """Every sample by its name; real ones where they are there."""
    simulate(folder, SIMULATION, seed=0)
    (picture,), (sound,) = folder.glob("*.mp4"), folder.glob("*.wav")
    for name, options in CONVERTED.items():
        convert(["-i", picture, "-i", sound, "-threads", 1, "-shortest", *options], folder / name)
    found = {name: (folder / name).read_bytes() for name in CONVERTED}
    found |= {"picture.mp4": picture.read_bytes(), "sound.wav": sound.read_bytes()}
    return found | {name: (SHARED / path).read_bytes() for name, path in REAL.items() if (SHARED / path).is_file()}


def convert(arguments: list, path: Path) -> Path:
    """Run ffmpeg, of the tests and not of the package."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-loglevel", "error", "-y", *map(str, arguments)]
    subprocess.run([*command, f"file:{path}"], check=True, capture_output=True)
    return path
