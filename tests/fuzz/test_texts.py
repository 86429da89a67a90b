"""Times, lists and manifests that people, or nobody, wrote."""

import math
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.contract import here
from fuzz.strategies import NUMBERS, damaged, examples
from impactsound.config import Clip
from impactsound.corpus import folder, release
from impactsound.corpus.labels import read_times
from impactsound.corpus.left_out import is_left_out, splits
from impactsound.corpus.manifest import build_manifest
from impactsound.corpus.selection import clips_of, labels_of, materials_of, videos_of
from impactsound.corpus.table import COLUMNS, load, save
from impactsound.dubbing.times import given_times
from impactsound.errors import InputError

pytestmark = pytest.mark.fuzz

CLIP = Clip(sample_rate=8000, duration=0.25, n_fft=256, hop=64, frames=6, frame_rate=30.0, frame_size=32)
TIMES = "".join(f"{0.5 + 0.61 * hit:.6f} metal hit static\n" for hit in range(8))
WORDS = [*map(str, NUMBERS), "nan", "inf", "-inf", "1e999", "1_0", "0x10", "1,5", "٣", "soon", "#", '"', "None", "\0"]
WORDS += ["wood", "a,b", "../x", "hit", "=1+1", "9" * 5000, "0." + "0" * 400 + "1", "time", "onset"]
words = st.one_of(st.sampled_from(WORDS), st.floats().map(str), st.text(max_size=12))
spaces = st.sampled_from([" ", "  ", "\t", ",", ";", "\u00a0", "\x0b", "\x1c", ""])
ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\u2028", "\x85", ""])
lines = st.lists(st.tuples(st.lists(words, max_size=5), spaces, ends), max_size=12)
written = lines.map(lambda rows: "".join(space.join(row) + end for row, space, end in rows))
codes = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"])


@st.composite
def texts(draw, whole: str) -> bytes:
    """A file of text: a whole one damaged, one of drawn words, or bytes."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return draw(st.binary(max_size=200))
    if kind < 5:
        return draw(damaged(whole.encode()))
    return draw(written).encode(draw(codes), errors="replace")


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@given(content=texts(TIMES), labelled=st.booleans())
@examples(1500)
def test_times(ground, content, labelled):
    path = put(ground.given / "a_times.txt", content)

    def read():
        onsets = read_times(path, labelled)["onset"]
        assert onsets.is_monotonic_increasing and all(math.isfinite(onset) and onset >= 0 for onset in onsets)

    ground.tried("times of a video", read, path.name, how=here)


@given(content=texts("time,what\n" + TIMES.replace(" ", ",")), suffix=st.sampled_from(["csv", "txt", "CSV", "dat"]))
@examples(800)
def test_given_times(ground, content, suffix):
    path = put(ground.given / f"times.{suffix}", content)
    ground.tried("times given by a file", lambda: inside(given_times(path, 9.0)), path.name, how=here)
    path.unlink()


@given(said=st.one_of(written, st.lists(st.floats(0, 9)).map(lambda times: ",".join(map(str, times)))))
@examples(500)
def test_times_in_words(ground, said):
    ground.tried("times given in words", lambda: inside(given_times(said, 9.0)), "--times", said, how=here)


def inside(times):
    assert times == sorted(times) and all(0 <= time <= 9 for time in times)


@given(content=texts("2001-01-01-09-00-00\n2001-01-01-16-13-29\n../../secret\n"), name=st.sampled_from(release.LISTS))
@examples(500)
def test_lists(ground, content, name):
    path = put(ground.given / f"{name}.txt", content)

    def read():
        for found in release.find_videos(ground.given):
            assert found.picture.parent == ground.given

    ground.tried("lists of a release", read, path.name, "_denoised.mp4", str(ground.given), how=here)
    path.unlink()


@pytest.fixture(scope="module")
def corpus(samples, ground):
    """Folders of one video each, as the release has it and as one's own."""
    own, released = ground.given / "own", ground.given / "released"
    for directory in (own, released):
        directory.mkdir()
    (own / "a.mp4").write_bytes(samples["both.mp4"])
    (released / "a_denoised.mp4").write_bytes(samples["picture.mp4"])
    (released / "a_denoised.wav").write_bytes(samples["sound.wav"])
    return {"folder": own, "greatest_hits": released}


@given(content=texts(TIMES), kind=st.sampled_from(["folder", "greatest_hits"]))
@examples(150)
def test_corpora(ground, corpus, content, kind):
    path = put(corpus[kind] / "a_times.txt", content)

    def build():
        table, counts = build_manifest(kind, corpus[kind], CLIP)
        save(table, "manifest.csv")
        assert load("manifest.csv").equals(table) and counts["kept"] == len(table)

    ground.tried("corpora of one video", build, path.name, str(corpus[kind]))
    for file in ground.results.iterdir():
        file.unlink()


def test_very_many_times_take_no_more_memory_than_they_need(ground, corpus):
    path = put(corpus["folder"] / "a_times.txt", b"".join(b"%.4f\n" % (hit / 1000) for hit in range(300_000)))
    ground.tried(
        "corpora of one video", lambda: build_manifest("folder", corpus["folder"], CLIP) and None, str(path.parent)
    )


LEFT = [f"no {split} clip is left" for split in ("train", "validation", "test")]
MANIFEST = ",".join(COLUMNS) + "\n"
MANIFEST += "".join(f"a/{n:03d},a,{n}.5,{('wood', 'glass')[n % 2]},hit,None,train,a.mp4,a.wav\n" for n in range(5))
MANIFEST += (
    '"b, ""c""/000","b, ""c""",1.25,wood,hit,None,validation,b.mp4,b.wav\nd/000,d,2,wood,hit,None,test,d.mp4,d.wav\n'
)
CELLS = [
    "",
    "..",
    "/a",
    "../a",
    "a/../../b",
    "nan",
    "inf",
    "-1",
    "1e300",
    '"',
    '""',
    '"a',
    "a\nb",
    "a,b",
    "\0",
    "train",
    "a/000",
]


@st.composite
def manifests(draw) -> bytes:
    """A manifest with damaged bytes, or of which cells are others, or rows and columns more or fewer."""
    if draw(st.booleans()):
        return draw(texts(MANIFEST))
    rows = [line.split(",") for line in MANIFEST.splitlines()]
    for _ in range(draw(st.integers(1, 4))):
        row = draw(st.sampled_from(rows))
        cell = draw(st.one_of(st.sampled_from(CELLS), words))
        place = draw(st.integers(0, len(row)))
        row[place : place + draw(st.integers(0, 2))] = [cell]
    return "\n".join(map(",".join, rows)).encode(errors="replace")


@given(content=manifests())
@examples(1200)
def test_manifests(ground, content):
    path = put(ground.given / "manifest.csv", content)

    def read():
        table = load(path)
        for clip in table["clip"]:
            assert ground.results in (ground.results / f"{clip}.wav").resolve().parents, clip
        clips = clips_of(path)
        assert (
            len(materials_of(path, clips))
            == len(videos_of(path, clips))
            == len(labels_of(path, clips, ["wood", "glass"]))
        )
        splits(table, is_left_out(table, ["metal"]))

    ground.tried("manifests and splits", read, path.name, *LEFT, how=here)


def hostile(directory: Path, samples) -> dict[str, list]:
    """Folders whose files are called so that what is made of them would lie elsewhere, or be overwritten."""
    made = {}
    for name in (
        "",
        "..",
        ".",
        ".hidden",
        "-a",
        "a b",
        "%d",
        "{wildcards.x}",
        "$(touch x)",
        "a\nb",
        "a'\"`",
        "ü",
        "a\x1bb",
    ):
        released = directory / f"released {len(made)}"
        released.mkdir()
        for end, sample in (("denoised.mp4", "picture.mp4"), ("denoised.wav", "sound.wav")):
            (released / f"{name}_{end}").write_bytes(samples[sample])
        (released / f"{name}_times.txt").write_text(TIMES)
        made[name] = released
    return made


def test_no_name_of_a_file_leads_out_of_the_corpus(ground, samples):
    for name, released in hostile(ground.given, samples).items():

        def build(released=released):
            table, _ = build_manifest("greatest_hits", released, CLIP)
            for clip in table["clip"]:
                assert ground.results in (ground.results / f"{clip}.wav").resolve().parents, clip

        taken = ground.tried("names of a corpus's files", build, str(released))
        assert taken == (name not in ("", "..", ".", ".hidden")), name
        shutil.rmtree(released)


def test_a_name_that_is_no_text_is_refused(ground, samples):
    own = ground.given / "no text"
    own.mkdir()
    (own / "a\udcff.mp4").write_bytes(samples["both.mp4"])
    (own / "a\udcff_times.txt").write_text(TIMES)
    assert not ground.tried("names of a corpus's files", lambda: build_manifest("folder", own, CLIP) and None, "UTF-8")
    with pytest.raises(InputError, match="no such folder"):
        folder.find_videos(own / "none")
