"""Names that a shell, a scheme, a pattern or a terminal would take for something else, by the command `impactsound`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.contract import LEDGER, LIMIT
from fuzz.strategies import examples
from fuzz.test_config import dry_run, project  # noqa: F401  (a fixture)

pytestmark = pytest.mark.fuzz

ODD = [
    "a b",
    "it's",
    'a"b',
    "$HOME",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned",
    "ü",
    "\u202egnp",
    "\U0001f941",
]
ODD += [
    "-i",
    "--help",
    "-",
    "--overwrite",
    "a\nb",
    "a\rb",
    "\x1b[2J",
    "100%d",
    "%s",
    "%2e%2e",
    "{wildcards.name}",
    "{name}",
]
ODD += [
    "~",
    "*",
    "?",
    "[a]",
    "a|b",
    "a&b",
    "<a>",
    "#",
    "\\",
    "a\\nb",
    "...",
    "a..b",
    "concat:a",
    "http:",
    "pipe:1",
    "file:a",
]
ODD += [
    "\udcff",
    "con",
    "a" * 240,
    " ",
    "rotation of 90 degrees",
    "<script>alert(1)<script>",
    "a,b",
    "a=b",
    "@a",
]
KIND = "names, by the command"
letters = st.characters(exclude_characters="/\0", exclude_categories=["Cs"])
names = st.one_of(
    st.sampled_from(ODD), st.text(letters, min_size=1, max_size=12).filter(lambda name: name not in (".", ".."))
)


@pytest.fixture
def place(ground):
    """A folder to work in, emptied after every input."""

    def emptied() -> Path:
        for path in ground.results.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return ground.results

    return emptied


@given(name=names, model=names, out=st.one_of(st.none(), names), dashes=st.booleans())
@examples(25)
def test_any_name_will_do(ground, place, short, tiny_model, name, model, out, dashes):
    """A video and a model are called anything, and so is the output; where a name is too long, one line says so."""
    folder = place()
    shutil.copy(short, video := folder / f"{name}.mp4")
    (folder / f"{model} model").symlink_to(tiny_model)
    words = [f"--model={model} model", "--times=0.5,0.9", *([f"--output={out}.mkv"] if out else [])]
    words = ["dub", *words, *(["--"] if dashes or name.startswith("-") else []), video.name]
    taken = ground.command(KIND, *words)
    made = {path.name for path in folder.iterdir()} - {video.name, f"{model} model"}
    stem = out or f"{name}_dubbed"
    whole = {f"{stem}{end}" for end in (".mkv" if out else ".mp4", ".wav", ".hits.json", ".hits.h5")}
    assert made == whole if taken else made <= {f"{stem}.hits.h5"}, (made, whole)
    assert taken or len(name) > 200 or f"{out}.mkv" == video.name, name


PATHS = [
    "",
    ".",
    "..",
    "/",
    "//",
    "./",
    "../x.mp4",
    "../../../x.mp4",
    "/dev/null",
    "/dev/stdin",
    "/dev/zero",
    "/proc/self/mem",
]
PATHS += [
    "/etc/passwd",
    "nothing.mp4",
    "folder",
    "folder/",
    "pipe.mp4",
    "loop.mp4",
    "zero.mp4",
    "zero.txt",
    "pipe.txt",
    "pipe.csv",
]
PATHS += [
    "pipe.json",
    "zero.json",
    "short.mp4",
    "short.mp4/",
    "short.mp4/x.mp4",
    "n" * 300 + ".mp4",
    "n" * 5000,
    "a\nb.mp4",
    "-",
    "a\0b",
]
PATHS += [
    "http://127.0.0.1/x.mp4",
    "~root/x.mp4",
    "folder/new/x.mp4",
    "x.wav",
    "x.mp4",
    "X.MKV",
    "\udcff.mp4",
    "0.5,0.9",
    "nan",
    "1e999",
]
PATHS += [",".join(f"{n / 1000:.3f}" for n in range(400)), "," * 9, "0.5;0.9"]
paths = st.sampled_from(PATHS)
OPTIONS = {
    "--output": paths,
    "--times": paths,
    "--edits": paths,
    "--model": st.one_of(paths, st.just("model")),
    "--device": st.sampled_from(
        ["cpu", "meta", "cuda", "cuda:99", "cpu:7", "", "xla", "mps", "hpu", "vulkan", "a\nb", "cpu:-1", "lazy"]
    ),
    "--loudness": st.sampled_from(["-23", "nan", "inf", "1e308", "-1e308", "0", "-70", "x", "", "1_0"]),
    "--sound": st.sampled_from(["mix", "keep", "replace", "none", "", "a\nb"]),
    "--dubbed": paths,
    "--wings": paths,
}


@st.composite
def command_lines(draw) -> list[str]:
    """A command, a video and some options."""
    command = draw(st.sampled_from(["dub", "dub", "dub", "studio", "pack", "", "dib"]))
    options = draw(st.lists(st.sampled_from(sorted(OPTIONS)), max_size=3, unique=True))
    said = [f"{option}={draw(OPTIONS[option])}" for option in options]
    said += ["--model=model"] if "--model" not in options and draw(st.integers(0, 4)) else []
    said += ["--times=0.5"] if "--times" not in options else []
    said += draw(st.sampled_from([[], [], ["--overwrite"], ["--"]]))
    return [command, *said, draw(st.one_of(st.just("short.mp4"), paths))]


@given(words=command_lines())
@examples(70)
def test_no_option_does_harm(ground, place, short, tiny_model, words):
    folder = place()
    shutil.copy(short, folder / "short.mp4")
    (folder / "model").symlink_to(tiny_model)
    (folder / "folder").mkdir()
    for name in ("pipe.mp4", "pipe.txt", "pipe.csv", "pipe.json"):
        os.mkfifo(folder / name)
    for name in ("zero.mp4", "zero.txt", "zero.json"):
        (folder / name).symlink_to("/dev/zero")
    (folder / "loop.mp4").symlink_to("loop.mp4")
    (folder / "x.wav").write_text("precious")
    (outside := ground.root / "x.mp4").write_text("precious")
    ground.command("command lines", *words)
    assert outside.read_text() == "precious"
    assert (folder / "short.mp4").read_bytes() == short.read_bytes()
    assert "--overwrite" in words or (folder / "x.wav").read_text() == "precious"


@pytest.mark.parametrize("name", ["$(touch pwned); it's a\nb", "-i %d {name}", "\udcff"])
def test_the_program_itself(ground, place, short, tiny_model, name):
    folder = place()
    shutil.copy(short, folder / f"{name}.mp4")
    program = Path(sys.executable).with_name("impactsound")
    for words in (["--times=0.5"], ["--times=9"], ["--wings"]):
        if LEDGER.over("the program itself"):
            return
        command = [program, "dub", f"--model={tiny_model}", *words, "--", f"{name}.mp4"]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=LIMIT, check=False)
        assert b"Traceback" not in done.stderr
        ground.judged("the program itself", done.returncode, done.stderr.decode())
    assert not list(folder.rglob("pwned"))


def test_footage_of_any_name(project, short):  # noqa: F811
    folder = project.root / "my footage"
    folder.mkdir()
    for name in ODD:
        if len(name) < 200:
            shutil.copy(short, folder / f"{name}.mp4")
    dry_run(project, "footage: my footage\n", "dub")
