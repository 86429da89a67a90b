"""Greatest Hits as released, and any corpus laid out like it.

A folder of `<id>_denoised.mp4` (picture), `<id>_denoised.wav` (sound) and `<id>_times.txt`, with
`train.txt` and `test.txt` listing ids. An id ends at the first `_` and may hold `-` anywhere.
"""

from pathlib import Path

from impactsound.corpus.video import Video
from impactsound.errors import InputError
from impactsound.given import is_file, read_text

LISTS = ("train", "test")


def find_videos(directory: str | Path) -> list[Video]:
    """The videos of a release in the order of their names.

    Where a list names any video, the listed videos are the corpus; without lists, all that have times are, but for
    hidden files.

    Raises:
        InputError: naming the file that is absent or contradicts another.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise InputError(f"{directory}: no such folder; give the one that holds the release's files")
    split = {name: read_list(directory / f"{name}.txt") for name in LISTS}
    for name in split["train"]:
        if name in split["test"]:
            raise InputError(f"{directory / 'test.txt'}: lists {name}, which train.txt lists too; keep one")
    listed = {name: place for place in LISTS for name in split[place]}
    there = (path.name.split("_")[0] for path in directory.glob("*_times.txt"))
    names = listed or {name: "" for name in there if is_id(name)}
    if not names:
        raise InputError(f"{directory}: has no <id>_times.txt; give the folder of the release's files")
    return [video(directory, name, names[name]) for name in sorted(names)]


def read_list(path: Path) -> list[str]:
    """The ids that a list names; none where there is no list.

    Raises:
        InputError: if it is no text, or a line is no name of a file and might lead out of the folder.
    """
    if not path.is_file():
        return []
    lines = read_text(path, "write one video's id a line").splitlines()
    names = [line.strip() for line in lines if line.strip()]
    for name in names:
        if not is_id(name):
            raise InputError(f"{path}: {name[:80]!r} is no id of a video; write one video's id a line")
    return names


def is_id(name: str) -> bool:
    """Whether a word can be the id of a video: the name of a file that is not hidden, and no path out of a folder."""
    return name != "" and not name.startswith(".") and Path(name).name == name


def video(directory: Path, name: str, split: str) -> Video:
    """One video, its files there."""
    files = [directory / f"{name}_{end}" for end in ("denoised.mp4", "denoised.wav", "times.txt")]
    for file in files:
        if not is_file(file):
            why = f"named in {split}.txt" if split else f"needed beside {name}_times.txt"
            raise InputError(f"{file}: {why} but absent; download it again or take the video off the list")
    return Video(name, *files, labelled=True, split=split)
