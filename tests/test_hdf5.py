"""An HDF5 file that cannot be written to its end is never taken for whole, and the process ends as it should."""

import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from impactsound import store
from impactsound.hdf5 import created

VALUES = {f"values_{number}": np.random.default_rng(number).normal(size=(100, 20)) for number in range(4)}

# Where the length of files is limited, that is an error as a full disk is, and takes no disk of its own. The limit is
# lifted for what is forgotten, since it would hold for memory, too.
WRITE = """
import os, resource, signal, sys
import test_hdf5

def unlimited(name, create=os.memfd_create):
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return create(name)

os.memfd_create = unlimited
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    test_hdf5.write(sys.argv[1])
except (OSError, RuntimeError):
    sys.exit(7)
"""


def write(path: str | Path) -> None:
    with store.create(path, "values/1", {}, {}) as file:
        store.write_clips(file, map(str, range(100)))
        for name, values in VALUES.items():
            file.create_dataset(name, data=values, compression="gzip" if name > "values_1" else None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "values.h5"
    write(path)
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0])
def test_what_does_not_fit_is_an_error_and_what_fits_is_whole(tmp_path, whole, share):
    path, room = tmp_path / "values.h5", int(share * len(whole))
    command = [sys.executable, "-c", WRITE, path, str(room)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent, check=False)
    fits = room == len(whole)
    assert (done.returncode, done.stderr) == (0 if fits else 7, "")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == ([whole] if fits else [])


def test_another_error_within_leaves_nothing_open(tmp_path):
    with pytest.raises(KeyError), created(tmp_path / "values.h5", 512) as file:
        file.create_dataset("values", data=VALUES["values_0"], compression="gzip")
        raise KeyError
    assert not file.id.valid and h5py.h5f.get_obj_count(h5py.h5f.OBJ_ALL, h5py.h5f.OBJ_FILE) == 0
