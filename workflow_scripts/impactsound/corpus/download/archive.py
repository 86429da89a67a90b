"""What is in a zip from the net: looked at before a byte of it is written, and then unpacked to a folder.

Taken are files as the release has them, `<folder>/<name>` or `<name>` ending in .mp4, .wav or .txt, with names of
letters, digits and `.`, `_`, `-`: no path leads anywhere else, no two names are one where case does not count, nothing
is a link or a device, and nothing grows by more than video, sound and text ever do.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from impactsound.corpus.download.meter import meter
from impactsound.corpus.download.session import said
from impactsound.corpus.download.space import check_room, readable
from impactsound.errors import InputError

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
FILE = re.compile(rf"(?:({NAME})/)?({NAME}\.(?:mp4|wav|txt))")
FOLDER = re.compile(f"({NAME})/")
PLAIN = (0, stat.S_IFREG, stat.S_IFDIR)  # kinds of entries, where a zip says which
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DIRECTORY = 8 << 20  # bytes of a zip's directory at most, some 100 000 entries; the release has 5865 in 0.7 MB
RATIO = 100  # of a file's size to its packed size at most; video hardly packs, and sound and text by less than 10
TOTAL = 4  # ... and of all of them to the archive's
BLOCK = 1 << 20  # bytes
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def unpack(archive: Path, folder: Path) -> list[str]:
    """Unpack an archive's files to a new folder, without the one that they are in there; their names in order.

    Raises:
        InputError: naming the entry that is not as it should be, or damaged, or what does not fit on the disk. Then
            the folder may hold some of the files.
    """
    with opened(archive) as zipped:
        entries = checked(zipped, archive)
        size = sum(entry.file_size for entry in entries.values())
        check_room(folder.parent, size)
        folder.mkdir()
        done = 0
        with meter(f"{archive.name}, unpacked") as show:
            for name, entry in entries.items():
                for block in blocks(zipped, entry, archive, folder / name):
                    done += block
                    show(done, size)
    return sorted(entries)


@contextmanager
def opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    """A zip whose directory fits into memory."""
    with Guarded(archive) as file:
        try:
            zipped = zipfile.ZipFile(file)
        except InputError:
            raise
        except (*BROKEN, OSError) as error:
            raise InputError(f"{archive}: is no whole zip ({said(error)}); delete it and download it again") from error
        with zipped:
            yield zipped


class Guarded(io.FileIO):
    """A file of which nobody reads more at once than a zip's directory may have, nor from before its beginning."""

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > DIRECTORY:
            raise InputError(f"{self.name}: its directory has {readable(size)}, so it is no release; delete it")
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET and not 0 <= offset < 1 << 63:
            raise zipfile.BadZipFile("it points out of itself")
        return super().seek(offset, whence)


def checked(zipped: zipfile.ZipFile, archive: Path) -> dict[str, zipfile.ZipInfo]:
    """The entries of files, by their names without a folder.

    Raises:
        InputError: naming the first that the release would not have.
    """
    files, folders = {}, set()
    seen = Counter(entry.orig_filename.lower() for entry in zipped.infolist())
    for entry in zipped.infolist():
        fault = fault_of(entry) or ("is in it twice" if seen[entry.orig_filename.lower()] > 1 else "")
        if fault:
            raise InputError(
                f"{archive}: entry {entry.orig_filename[:100]!r} {fault}, so it is not the release; "
                "delete it and see that download.url is right"
            )
        match = FILE.fullmatch(entry.orig_filename)
        folders.add(match[1] if match else FOLDER.fullmatch(entry.orig_filename)[1])
        if match:
            files[match[2]] = entry
    if len(folders) != 1:
        raise InputError(f"{archive}: has files in {len(folders)} folders and not in one, so it is not the release")
    check_sizes(files.values(), archive)
    return files


def fault_of(entry: zipfile.ZipInfo) -> str:
    """What is wrong with one entry, "" for nothing."""
    name, kind = entry.orig_filename, stat.S_IFMT(entry.external_attr >> 16)
    if not (FILE.fullmatch(name) or FOLDER.fullmatch(name)):
        return "is not named like a file of the release, <folder>/<name>.mp4, .wav or .txt"
    if kind not in PLAIN:
        return "is a link or a device"
    if entry.flag_bits & 1:
        return "is encrypted"
    if entry.compress_type not in METHODS:
        return f"is packed by method {entry.compress_type}"
    if entry.file_size > RATIO * entry.compress_size:
        return f"would become {readable(entry.file_size)} out of {readable(entry.compress_size)}"
    return ""


def check_sizes(entries, archive: Path) -> None:
    """Refuse what would not be the archive's own bytes, each once, and what would grow out of proportion."""
    size = archive.stat().st_size
    packed, unpacked = (sum(getattr(entry, key) for entry in entries) for key in ("compress_size", "file_size"))
    if packed > size or unpacked > TOTAL * size:
        raise InputError(
            f"{archive}: would become {readable(unpacked)} out of {readable(size)}, so it is not the release; delete it"
        )


def blocks(zipped: zipfile.ZipFile, entry: zipfile.ZipInfo, archive: Path, path: Path) -> Iterator[int]:
    """Write one entry to a new file, checked by its CRC-32; yield the bytes of every block."""
    written = 0
    with path.open("xb") as target:
        try:
            with zipped.open(entry) as source:
                while block := source.read(BLOCK):
                    target.write(block)
                    written += len(block)
                    yield len(block)
            if written != entry.file_size:
                raise EOFError("it ends early")
        except BROKEN as error:
            raise InputError(
                f"{archive}: entry {entry.orig_filename!r} is damaged ({said(error)}); delete it and download it again"
            ) from error
