"""A zip is unpacked if it is as the release's would be; of a hostile one nothing is written outside its folder."""

import io
import stat
import struct
import zipfile

import numpy as np
import pytest

from impactsound.corpus.download import archive as archives
from impactsound.corpus.download.archive import DIRECTORY, RATIO, TOTAL, unpack
from impactsound.corpus.download.space import readable
from impactsound.errors import InputError

VIDEO = np.random.default_rng(0).bytes(5000)
FILES = {"vis/a_denoised.mp4": VIDEO, "vis/a_denoised.wav": VIDEO[::-1], "vis/a_times.txt": b"0.5 wood hit static\n"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "vis.zip"


def made(path, files, method=zipfile.ZIP_DEFLATED):
    """A zip of files by name, or by ZipInfo."""
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return path


def entry(name, attributes=0, system=3):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr, info.compress_type = system, attributes << 16, zipfile.ZIP_DEFLATED
    return info


def refused(path, said):
    """Refused with one line that names the archive; outside the folder all is as before."""
    with pytest.raises(InputError) as caught:
        unpack(path, path.parent / "out")
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert said in str(caught.value)
    assert {found.name for found in path.parent.parent.rglob("*") if found.is_dir()} <= {"made", "out"}
    return path.parent / "out"


def test_files_are_unpacked_without_the_folder_they_are_in(path):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        folder = path.parent / f"out{method}"
        names = unpack(made(path, {"vis/": b""} | FILES, method), folder)
        assert names == sorted(found.name for found in folder.iterdir())
        assert {f"vis/{name}": (folder / name).read_bytes() for name in names} == FILES
        assert {stat.S_IMODE(found.stat().st_mode) & 0o111 for found in folder.iterdir()} == {0}
    assert unpack(made(path, {"a_times.txt": b"0.5"}), path.parent / "flat") == ["a_times.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "/etc/a.txt",
        "//host/a.txt",
        "../a.txt",
        "vis/../a.txt",
        "vis/../../a.txt",
        "vis/./a.txt",
        "..",
        "vis/..a.txt",
        "vis/deep/a.txt",
        "C:a.txt",
        "vis\\a.txt",
        "..\\a.txt",
        "vis/-rf.txt",
        "vis/.a.txt",
        "vis/a b.txt",
        "vis/a\n.txt",
        "vis/a.txt\n",
        "vis/ä.txt",
        "vis/a\u202e.txt",
        "vis/a.txt.exe",
        "vis/a.py",
        "vis/txt",
        "vis/a.TXT",
        "vis//a.txt",
        "/",
        "./",
        "vis/.git/",
        "vis/" + "a" * 300 + ".txt",
    ],
)
def test_names_that_the_release_does_not_have(path, name):
    out = refused(made(path, FILES | {entry(name): b"x"}), "is not named like a file of the release")
    assert not out.exists()


def test_a_name_that_ends_before_it_ends(path):
    made(path, {"vis/a.txt#sh": b"x"})
    path.write_bytes(path.read_bytes().replace(b"#", b"\0"))
    assert not refused(path, "is not named like").exists()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
@pytest.mark.parametrize("system", [0, 3])
def test_links_and_devices(path, kind, system):
    linked = entry("vis/b.txt", kind | 0o777, system)
    assert not refused(made(path, FILES | {linked: b"/etc/passwd"}), "'vis/b.txt' is a link or a device").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("other", ["vis/a_times.txt", "vis/A_TIMES.txt", "VIS/a_times.txt"])
def test_two_files_of_one_name(path, other):
    assert not refused(made(path, FILES | {entry(other): b"x"}), "is in it twice").exists()


def test_files_in_two_folders(path):
    assert not refused(made(path, FILES | {"b/b.txt": b"x"}), "in 2 folders").exists()
    assert not refused(made(path, FILES | {"b.txt": b"x"}), "in 2 folders").exists()
    assert not refused(made(path, {}), "in 0 folders").exists()


def test_a_bomb(path):
    assert not refused(made(path, FILES | {"vis/b.txt": bytes(10**6)}), "'vis/b.txt' would become 1 MB").exists()
    draw = np.random.default_rng(1)
    shallow = b"".join(draw.bytes(500) + bytes(500 * 2 * TOTAL) for _ in range(50))
    made(path, {"vis/b.txt": shallow})
    assert TOTAL < len(shallow) / path.stat().st_size < RATIO
    assert not refused(path, f"would become {readable(len(shallow))} out of").exists()


@pytest.mark.parametrize("many", [2, TOTAL + 1])
def test_entries_that_share_their_bytes(path, many):
    """Many names for one file: Fifield, "A better zip bomb" (2019)."""
    made(path, {f"vis/{number:04d}.txt": VIDEO if number == 0 else b"" for number in range(many)})
    data = bytearray(path.read_bytes())
    places = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    for at in places[1:]:
        data[at + 10 : at + 28] = data[places[0] + 10 : places[0] + 28]
        data[at + 42 : at + 46] = data[places[0] + 42 : places[0] + 46]
    path.write_bytes(data)
    assert not refused(path, f"would become {readable(many * len(VIDEO))} out of").exists()


def test_a_directory_that_fills_the_memory(path):
    made(path, FILES)
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06")
    size, offset = struct.unpack_from("<II", data, end + 12)
    padding = bytes(DIRECTORY)
    struct.pack_into("<I", data, end + 12, size + len(padding))
    path.write_bytes(data[:offset] + data[offset : offset + size] + padding + data[end:])
    assert not refused(path, "its directory has").exists()


def test_what_is_encrypted_or_packed_in_other_ways(path):
    assert not refused(made(path, FILES, zipfile.ZIP_LZMA), "packed by method 14").exists()
    made(path, {"vis/b.txt": b"x"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert not refused(path, "is encrypted").exists()


def test_a_damaged_file_is_named(path):
    data = bytearray(made(path, FILES, zipfile.ZIP_STORED).read_bytes())
    data[data.index(VIDEO[::-1]) + 100] ^= 1
    path.write_bytes(data)
    refused(path, "entry 'vis/a_denoised.wav' is damaged (Bad CRC-32")


def test_a_file_that_is_shorter_than_it_says(path):
    made(path, FILES, zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, len(VIDEO) + 7)
    path.write_bytes(data)
    refused(path, "entry 'vis/a_denoised.mp4' is damaged")


@pytest.mark.parametrize("data", [b"", b"<html>not found</html>", b"PK\x03\x04", b"PK\x05\x06" + bytes(17)])
def test_what_is_no_zip(path, data):
    path.parent.mkdir()
    path.write_bytes(data)
    assert not refused(path, "is no whole zip").exists()


def test_zips_cut_short_and_flipped_end_in_one_line_or_the_very_files(path):
    whole = made(path, FILES).read_bytes()
    draw = np.random.default_rng(0)
    for number in range(600):
        data = bytearray(whole)
        for at in draw.integers(0, len(data), draw.integers(1, 4)):
            data[at if number % 2 else -(at % 400) - 1] ^= 1 << draw.integers(8)
        path.write_bytes(data[: draw.integers(len(data))] if number % 5 == 0 else data)
        out = path.parent / f"out{number}"
        try:
            names = unpack(path, out)
        except InputError as error:
            assert str(path) in str(error) and "\n" not in str(error)
        else:
            assert {(out / name).read_bytes() for name in names} <= set(FILES.values())
    assert {found.name for found in path.parent.parent.iterdir()} == {"made"}


def test_what_will_not_fit_on_the_disk_is_not_begun(path, monkeypatch):
    made(path, FILES)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2 * len(VIDEO)}))
    with pytest.raises(InputError, match=r"needs 10 kB of free disk and has 10 kB; make room"):
        unpack(path, path.parent / "out")
    assert not (path.parent / "out").exists()


def test_nothing_but_what_a_directory_may_have_is_read_at_once(path):
    path.parent.mkdir()
    path.write_bytes(bytes(10))
    with archives.Guarded(path) as file:
        assert file.read() == bytes(10) and file.seek(0) == 0 and file.read(DIRECTORY) == bytes(10)
        with pytest.raises(InputError):
            file.read(DIRECTORY + 1)
    assert issubclass(archives.Guarded, io.RawIOBase)
