"""Integrated loudness of a track after ITU-R BS.1770-4 (EBU R 128), measured by ffmpeg as it reads the file.

Blocks of 0.4 s below -70 LUFS, and then those 10 LU below the mean of the rest, do not count: silence between hits
does not make a track quieter. A mono file is taken as the one channel that it is.
"""

from pathlib import Path

from impactsound.media.ffmpeg import length
from impactsound.media.process import lines, source, started

RATE = 48000  # Hz, for which BS.1770 gives its filters
GATE = -70.0  # LUFS; the meter says no less
KEY = "lavfi.r128.I"


def loudness(path: str | Path) -> float | None:
    """LUFS of a sound file; None where nothing is above the gate: silence, or less than 0.4 s.

    Raises:
        InputError: if the file is absent, has no sound, or breaks off.
    """
    audio = source(path)["a:0"].filter("aresample", RATE).filter("ebur128", metadata=1, framelog="quiet")
    graph = audio.filter("ametadata", "print", key=KEY, file="pipe:1").output("pipe:2", format="null")
    length(path, "a:0")  # raises where a hole would be filled
    measured = GATE
    with started(graph, path) as process:
        for line in lines(process):
            if line.startswith(KEY.encode() + b"="):
                measured = float(line.split(b"=")[1])
    return measured if measured > GATE else None


def gain_for(path: str | Path, lufs: float) -> float | None:
    """The gain in dB that brings a sound file to a loudness; None where it has none.

    Exact for a linear gain: of a track that is limited by it, the result is a little quieter.
    """
    measured = loudness(path)
    return None if measured is None else lufs - measured
