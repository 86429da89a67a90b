"""The part of a file that has come so far, and whose it is: what a kill leaves, and the next attempt goes on from."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from impactsound.files import write_text


@dataclass(frozen=True)
class Source:
    """A file as its host described it when its first byte came.

    size: bytes. validator: what tells this state of the file from any other (RFC 9110, 8.8): a strong ETag, or else
    the date of its last change; "" if the host gives neither, and then nothing can be gone on from.
    """

    url: str
    size: int
    validator: str

    @staticmethod
    def validator_of(headers) -> str:
        """The validator in an answer's headers."""
        tag = headers.get("ETag", "")
        return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


class Part:
    """The bytes from the first on, in `<file>.part`, beside `<file>.part.json`, which says of which source.

    Whatever the moment of a kill, the bytes there are the first ones of the source named there.
    """

    def __init__(self, file: Path, url: str, size: int | None = None):
        self.data = file.with_name(f"{file.name}.part")
        self.note = file.with_name(f"{file.name}.part.json")
        self.source = self._noted(url, size)

    @property
    def position(self) -> int:
        """Bytes that are here of the source."""
        return self.data.stat().st_size if self.source and self.data.exists() else 0

    @property
    def whole(self) -> bool:
        """Whether all bytes are."""
        return self.source is not None and self.position == self.source.size

    def clear(self) -> None:
        """Forget the bytes, then whose they were."""
        self.data.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)
        self.source = None

    def start(self, source: Source) -> None:
        """Begin again with the first byte of a source."""
        self.clear()
        write_text(self.note, json.dumps(asdict(source), indent=2) + "\n")
        self.source = source

    def finish(self, file: Path) -> None:
        """Give the file its name."""
        self.data.replace(file)
        self.note.unlink(missing_ok=True)

    def _noted(self, url: str, size: int | None) -> Source | None:
        """The source that the bytes are of, if it is the URL's, and of the size that is asked for."""
        try:
            source = Source(**json.loads(self.note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        known = isinstance(source.size, int) and isinstance(source.validator, str)
        return source if known and source.url == url and size in (None, source.size) else None
