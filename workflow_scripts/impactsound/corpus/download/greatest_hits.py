"""The release of Greatest Hits (Owens et al. 2016) in a folder: downloaded, verified, unpacked, moved into place."""

import hashlib
import json
import logging
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from impactsound.corpus.download.archive import unpack
from impactsound.corpus.download.fetch import fetch
from impactsound.corpus.download.session import Session, said
from impactsound.corpus.release import find_videos
from impactsound.errors import InputError
from impactsound.files import write_text

log = logging.getLogger("impactsound")
RECORD = "download.json"


@dataclass(frozen=True)
class Release:
    """An archive of the release, and the folder that its files are to be in.

    size: bytes, sha256: in hex; None if unknown. ca_bundle: a PEM file of certificates to trust besides, or None.
    """

    url: str
    directory: str
    size: int | None = None
    sha256: str | None = None
    ca_bundle: str | None = None

    @property
    def folder(self) -> Path:
        """Where the files are, once all are."""
        folder = Path(self.directory).resolve()
        if not folder.name:
            raise InputError(f"{self.directory}: cannot be download.directory; name a folder that is not there yet")
        return folder

    def beside(self, name: str) -> Path:
        """A path beside the folder, `{}` being the folder's name."""
        return self.folder.with_name(name.format(self.folder.name))

    @property
    def archive(self) -> Path:
        """Where the archive is, once it is whole; it stays."""
        return self.beside("{}.zip")

    @property
    def checksum(self) -> Path:
        """Where the archive's SHA-256 is written, as `sha256sum --check` reads it."""
        return self.beside("{}.zip.sha256")


def download(release: Release, pause: float = 1.0) -> dict:
    """Bring the release to its folder; what is known of it, as written in the folder's `download.json`.

    The folder appears when all files are in it and have been checked. One that is there is left as it is. An archive
    that is there, downloaded here or by other means, is not downloaded again.

    Args:
        pause: seconds before the second attempt to reach the host.

    Raises:
        InputError: naming what is wrong and the cure; what has come so far is kept.
    """
    try:
        release.folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(release.beside(".{}.lock"), timeout=0):
            if release.folder.exists():
                return recorded(release)
            if not release.archive.exists():
                fetch(release.url, release.archive, Session(release.ca_bundle), release.size, pause)
            return unpacked(release)
    except Timeout:
        raise InputError(f"{release.folder}: another run is downloading to it; wait for that to end") from None
    except OSError as error:
        raise InputError(
            f"{error.filename or release.folder}: {error.strerror or error}; see to that, then run it again"
        ) from error


def recorded(release: Release) -> dict:
    """What is known of the folder that is there."""
    path = release.folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        same = record["url"] == release.url and release.sha256 in (None, record["sha256"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        raise InputError(
            f"{release.folder}: is there, and was not downloaded by this rule; use it as corpus.directory, "
            "or set download.directory to another"
        ) from None
    if not same:
        raise InputError(f"{path}: is of another archive ({record['url']}); set download.directory to another folder")
    log.info("%s: is there already", release.folder)
    return record


def unpacked(release: Release) -> dict:
    """Verify the archive, unpack it beside the folder, and move that into place."""
    sha256 = verified(release)
    partial = release.beside(".partial-{}")
    shutil.rmtree(partial, ignore_errors=True)  # what a kill has left
    try:
        names = unpack(release.archive, partial)
        videos = videos_of(partial, release.archive)
        record = {
            "url": release.url,
            "size": release.archive.stat().st_size,
            "sha256": sha256,
            "videos": videos,
            "files": dict(sorted(Counter(Path(name).suffix[1:] for name in names).items())),
        }
        write_text(partial / RECORD, json.dumps(record, indent=2) + "\n")
        write_text(release.checksum, f"{sha256}  {release.archive.name}\n")
        partial.rename(release.folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    log.info("%s: %d videos; %s is needed no more", release.folder, videos, release.archive)
    return record


def verified(release: Release) -> str:
    """The archive's SHA-256, in hex, after its size and that are as they should be."""
    size = release.archive.stat().st_size
    if release.size not in (None, size):
        raise InputError(
            f"{release.archive}: has {size} bytes, not the {release.size} of download.size; delete it, or correct that"
        )
    log.info("%s: reading all of it for its SHA-256", release.archive)
    with release.archive.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    wanted, place = release.sha256, "download.sha256"
    if wanted is None:
        wanted, place = noted(release.checksum), str(release.checksum)
    if wanted is None:
        log.warning("%s: no SHA-256 is known; its size and the CRC-32 of its files are checked", release.archive)
    elif wanted != found:
        raise InputError(
            f"{release.archive}: has the SHA-256 {found}, and {place} says {wanted}; delete the one that is wrong"
        )
    return found


def noted(checksum: Path) -> str | None:
    """The SHA-256 that an earlier download has left; None if there was none."""
    if not checksum.exists():
        return None
    found = re.match(r"([0-9a-f]{64})\b", checksum.read_text(encoding="utf-8", errors="replace"))
    if not found:
        raise InputError(f"{checksum}: does not begin with a SHA-256; delete it")
    return found[1]


def videos_of(folder: Path, archive: Path) -> int:
    """How many videos the unpacked files are, each with its sound and times."""
    try:
        return len(find_videos(folder))
    except InputError as error:
        raise InputError(f"{archive}: is not the release; {said(str(error).replace(f'{folder}/', ''))}") from error
