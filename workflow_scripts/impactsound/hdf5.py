"""New HDF5 files, on a disk that may be full before they are whole.

HDF5 keeps small and compressed data in buffers, and h5py lets an error that it meets while emptying one pass when it
lets go of a dataset: the file is then closed as if it were whole. And of a file that cannot be closed HDF5 makes a
crash at the end of the process.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
from h5py import h5f, h5p


@contextmanager
def created(path: str | Path, userblock: int) -> Iterator[h5py.File]:
    """A file to be filled, whose data pass through no buffer, so that what cannot be written raises where it is.

    Args:
        userblock: bytes before HDF5's own.

    Raises:
        OSError, RuntimeError: the disk is full.
    """
    creation, access = h5p.create(h5p.FILE_CREATE), h5p.create(h5p.FILE_ACCESS)
    creation.set_userblock(userblock)
    creation.set_obj_track_times(False)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_sieve_buf_size(0)
    access.set_cache(0, 0, 0, 0.0)
    with h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, creation, access)) as file, _forgotten_on_error(file):
        yield file
        file.flush()


@contextmanager
def _forgotten_on_error(file: h5py.File) -> Iterator[None]:
    """After an error, let what HDF5 still holds of a file go to memory, so that it can be closed."""
    try:
        yield
    except BaseException:
        with os.fdopen(os.memfd_create("forgotten"), "wb") as memory:
            os.dup2(memory.fileno(), file.id.get_vfd_handle())
        raise
