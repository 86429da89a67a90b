"""HDF5 files that may be a stranger's: a bank that came with a model, the sounds that lie beside a video.

Their seal tells damage and not malice. HDF5 can ask for data of other files, by links or by raw storage, and for more
data than there is; such a file is refused, and so is one in which anything is not as it should be.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py

from impactsound import store
from impactsound.errors import InputError

PACKED = 2000  # a dataset may have as many times the file's bytes; deflate does not pack more than 1032 in one
DEEPEST = 4  # groups in groups


@contextmanager
def opened(path: str | Path, schema: str) -> Iterator[h5py.File]:
    """As `store.open`, of datasets that are in the file; whatever fails while the block lasts is an InputError.

    Raises:
        InputError: naming the file.
    """
    try:
        with store.open(path, schema) as file:
            check_own(file)
            yield file
    except InputError:
        raise
    except Exception as error:  # of any kind, as a file's contents are
        reason = " ".join(str(error).split())[:160]
        raise InputError(f"{path}: damaged ({reason}); copy it again") from error


def check_own(file: h5py.File) -> None:
    """Raise an InputError unless a file's members are datasets that it holds itself, and groups of such."""
    most = PACKED * Path(file.filename).stat().st_size
    for data in _datasets(file, file.filename):
        if data.external or data.is_virtual:
            raise InputError(f"{file.filename}: the data of {data.name!r} are not in it; copy it again")
        if data.nbytes > most:
            raise InputError(f"{file.filename}: {data.name!r} has more data than it can hold; copy it again")


def _datasets(group: h5py.Group, path: str, depth: int = 0) -> Iterator[h5py.Dataset]:
    """All datasets of a group; nothing is opened that is linked to, nor are groups that hold themselves gone into."""
    for name in group:
        place = f"{group.name.rstrip('/')}/{name}"
        linked = not isinstance(group.get(name, getlink=True), h5py.HardLink)
        if linked or depth > DEEPEST or not isinstance(group[name], h5py.Dataset | h5py.Group):
            raise InputError(f"{path}: the data of {place!r} are not in it; copy it again")
        if isinstance(group[name], h5py.Group):
            yield from _datasets(group[name], path, depth + 1)
        else:
            yield group[name]
