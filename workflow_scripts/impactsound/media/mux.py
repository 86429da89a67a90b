"""Sound onto a video: a track is put beside the picture, which is copied as it is.

The name of the output says the container. Before the output appears it is checked that every packet of the picture is
there, shown when it was and turned as it was: a container that cannot say so is refused.
"""

import math
import shutil
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import ffmpeg

from impactsound.errors import InputError
from impactsound.files import atomic
from impactsound.media.ffmpeg import EARLY, packets, sound_format
from impactsound.media.info import VideoInfo, described, turn_of, video_info
from impactsound.media.process import location, run, source

PRIMING = 0.010  # seconds; Opus begins 6.5 ms before a file's first frame, which then moves ffmpeg's zero
LOSSY_RATE = 48000  # Hz
SOUNDS = ("replace", "mix", "keep")
# Where an AVI does not say when their frames are shown, ffmpeg's dts2pts finds out, to within a frame for the last two.
REORDERED = ("h264", "hevc")


@dataclass(frozen=True)
class Container:
    """What a suffix stands for: ffmpeg's muxer, and the codec of our track.

    Lossy codecs are given 48 kHz: at 16 kHz an AAC frame is so long that an impact is heard before it happens.
    """

    muxer: str
    codec: str

    @property
    def lossy(self) -> bool:
        return self.codec in ("aac", "libopus")


CONTAINERS = {
    ".mp4": Container("mp4", "aac"),
    ".m4v": Container("mp4", "aac"),
    ".mov": Container("mov", "pcm_s24le"),
    ".mkv": Container("matroska", "flac"),
    ".webm": Container("webm", "libopus"),
    ".avi": Container("avi", "pcm_s16le"),
}


def mux(video: str | Path, track: str | Path, out_path: str | Path, sound: str = "replace") -> None:
    """Write a video's picture, copied bit for bit, and a track; the same inputs give the same bytes.

    The track begins at the video's time zero and is cut, or followed by silence, to last as long as the picture.

    Args:
        track: a sound file, e.g. of `impactsound.dubbing.track.write_track`.
        out_path: ends in one of `CONTAINERS`.
        sound: "replace" and "mix" leave the track as the only sound (in "mix" it holds the video's own already); "keep"
            copies the video's own sounds, before it, and marks the track as the one to be played.

    Raises:
        InputError: if a file is absent or damaged, the output is the video itself, or its container cannot carry the
            picture (or the sound to be kept) as it is.
    """
    if sound not in SOUNDS:
        raise ValueError(f"sound is {sound!r}; give one of {', '.join(SOUNDS)}")
    refuse(video, out_path)
    sound_format(track)  # what is wrong with it is said of it, and not of the video
    info = video_info(video)
    copied(video, info, out_path, info.sounds if sound == "keep" else 0, track)


def copy_video(video: str | Path, out_path: str | Path) -> None:
    """Write a video as it is, with its own sounds: a copy, or where the suffix differs its streams in that container.

    Raises:
        InputError: as `mux`.
    """
    info = video_info(video)
    if Path(video).suffix.lower() != Path(out_path).suffix.lower():
        refuse(video, out_path)
        copied(video, info, out_path, info.sounds)
        return
    refuse_itself(video, out_path)
    with atomic(out_path) as partial:
        shutil.copyfile(video, partial)


def copied(
    video: str | Path, info: VideoInfo, out_path: str | Path, kept: int, track: str | Path | None = None
) -> None:
    """Write and check a video's picture; beside it all its sounds, or none if `kept` is 0, and then a track."""
    suffix = Path(out_path).suffix.lower()
    with atomic(out_path) as partial:
        try:
            remux(video, info, partial, kept, track)
        except InputError:
            carrying = [other for other in CONTAINERS if carries(video, info, partial.with_name(f"a{other}"), kept)]
            if suffix in carrying or not carrying:
                raise
            what = f"its picture ({info.codec}){' or its sound' if kept else ''}"
            raise InputError(
                f"{video}: {what} cannot be carried by {suffix}; let the output end in {' or '.join(carrying)}"
            ) from None
        if not same_picture(video, info, partial):
            raise InputError(
                f"{video}: {suffix} cannot carry when its frames are shown, or how they are turned; "
                "let the output end in .mkv"
            )


def remux(
    video: str | Path, info: VideoInfo, path: Path, kept: int, track: str | Path | None = None, **limits: object
) -> None:
    """Run ffmpeg: streams copied into the container that a path asks for, and a track encoded after them."""
    container = container_of(path)
    original = source(video, fflags="+genpts")
    streams = [original["V:0"], *([original["a"]] if kept else [])]
    options = {"format": container.muxer, "c": "copy", "threads": 1, "fflags": "+bitexact", **limits}
    if container.muxer in ("mp4", "mov"):
        options["movflags"] = "+faststart"
    if not info.timed and info.codec in REORDERED:
        options["bsf:v"] = "dts2pts"
    if track is not None:
        streams.append(fitted(track, info.duration, container))
        options |= {f"c:a:{kept}": container.codec, f"flags:a:{kept}": "+bitexact"}
        options |= {"disposition:a": 0, f"disposition:a:{kept}": "default"}
        if container.lossy:
            options[f"b:a:{kept}"] = "192k"
    run(ffmpeg.output(*streams, location(path), **options), video, path)


def fitted(track: str | Path, duration: float, container: Container):
    """A track of a length in seconds, and where its codec wants it at 48 kHz, as an ffmpeg-python stream."""
    sound = source(track)["a:0"].filter("apad").filter("atrim", end=duration)
    return sound.filter("aresample", LOSSY_RATE) if container.lossy else sound


def carries(video: str | Path, info: VideoInfo, path: Path, kept: int) -> bool:
    """Whether the container that a path asks for takes a video's streams, by their first packets."""
    try:
        remux(video, info, path, kept, t=0.001)
    except InputError:
        return False
    return True


def same_picture(video: str | Path, info: VideoInfo, path: Path) -> bool:
    """Whether all packets of a picture are in a copy, shown when they were, and turned as it was.

    Where the video does not say when a frame is shown, the times of decoding are compared, from the first packet on.
    """
    column = 1 if info.timed else 0
    before, after = ((packet[column] for packet in packets(file, "V:0")) for file in (video, path))
    pairs = zip_longest(before, after, fillvalue=math.inf)
    first = next(pairs)
    shift = first[1] - first[0]
    if info.timed and abs(shift) > PRIMING:
        return False
    return all(abs(new - shift - old) <= EARLY for old, new in pairs) and turn_of(described(path)) == info.turn


def refuse(video: str | Path, out_path: str | Path) -> None:
    """Raise InputError if a video cannot be written under a name, before anything is read."""
    container_of(out_path)
    refuse_itself(video, out_path)


def refuse_itself(video: str | Path, out_path: str | Path) -> None:
    """Raise InputError if the output is the video itself."""
    if Path(video).exists() and Path(out_path).exists() and Path(video).samefile(out_path):
        raise InputError(f"{out_path}: is the video itself, which is never overwritten; give the output another name")


def container_of(path: str | Path) -> Container:
    """The container that a name asks for.

    Raises:
        InputError: if it is none of `CONTAINERS`.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in CONTAINERS:
        raise InputError(f"{path}: is no name of a video to be written; let it end in {', '.join(CONTAINERS)}")
    return CONTAINERS[suffix]
