"""Your own videos: a folder of them, each with the times of its impacts beside it."""

from pathlib import Path

from impactsound.corpus.video import TIMES, Video
from impactsound.errors import InputError
from impactsound.given import is_file

KINDS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mts", ".m2ts", ".mpg", ".mpeg", ".3gp", ".wmv", ".flv")


def find_videos(directory: str | Path) -> list[Video]:
    """The videos of a folder in the order of their names.

    The sound of `<name>.mp4` is its own, or that of `<name>.wav` if there is one; its impacts are in
    `<name>_times.txt`, where labels may be left out.

    Raises:
        InputError: if the folder or a video's times are absent, or two videos have one name.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise InputError(f"{directory}: no such folder; give the one that holds your videos")
    pictures = sorted(path for path in directory.iterdir() if is_video(path))
    if not pictures:
        raise InputError(f"{directory}: has no video; put files ending in {', '.join(KINDS)} there")
    found: dict[str, Path] = {}
    for path in pictures:
        before = found.setdefault(path.stem, path)
        if before != path:
            raise InputError(f"{path}: has the name of {before.name}; rename one of the two")
    return [video(path) for path in pictures]


def is_video(path: Path) -> bool:
    """Whether a path is a video by its name; hidden files are not."""
    return path.suffix.lower() in KINDS and not path.name.startswith(".") and path.is_file()


def video(picture: Path) -> Video:
    """One video and the files beside it."""
    times = picture.with_name(f"{picture.stem}_times.txt")
    if not is_file(times):
        raise InputError(f"{times}: no such file; {TIMES}")
    wav = picture.with_name(f"{picture.stem}.wav")
    return Video(picture.stem, picture, wav if is_file(wav) else picture, times, labelled=False)
