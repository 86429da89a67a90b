"""The page holds all that it needs, loads nothing, and says what its sliders are."""

import base64
import hashlib
import json
from html.parser import HTMLParser

import numpy as np
import pytest

from impactsound.dubbing.edit import Edit
from impactsound.errors import InputError
from impactsound.media.ffmpeg import read_frames, write_video
from impactsound.studio import page as pages
from impactsound.studio import write_page
from impactsound.studio.controls import groups
from impactsound.studio.preview import write_preview


class Page(HTMLParser):
    """The elements of a page with their attributes, and the texts in its scripts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data):
        if self.cdata_elem == "script":
            self.scripts[-1] += data

    def all(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]

    def file(self, name):
        """The bytes in the elements of a class."""
        pairs = zip(self.scripts, self.all("script"), strict=True)
        return b"".join(base64.b64decode(text) for text, held in pairs if held.get("class") == name)


@pytest.fixture(scope="module")
def read(page):
    return Page(page.read_text(encoding="utf-8"))


def test_only_the_pages_own_script_may_run_and_nothing_is_loaded(read, page):
    policy = next(meta["content"] for meta in read.all("meta") if "http-equiv" in meta)
    digest = base64.b64encode(hashlib.sha256(read.scripts[-1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy and policy.startswith("default-src 'none'")
    assert "connect-src" not in policy and "http:" not in policy
    for tag, attributes in read.elements:
        assert not {"src", "href", "style", "onclick"} & set(attributes), tag
    text = page.read_text(encoding="utf-8")
    assert "url(" not in text and "@import" not in text


def test_ids_are_unique_and_every_field_has_a_name(read):
    ids = [attributes["id"] for _, attributes in read.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {label["for"] for label in read.all("label") if "for" in label}
    wrapped = {"zoom", "auto", "hear"}  # by a label around them
    for field in read.all("input", "select"):
        assert "aria-label" in field or field["id"] in labelled | wrapped, field
    assert labelled <= set(ids)
    for picture in read.all("canvas", "video"):
        assert picture["aria-label"]


def test_the_command_takes_the_videos_name_whatever_it_is(dubbed):
    text = pages.render(*dubbed.contents())
    assert "impactsound dub &#39;it&#39;&#34;&#39;&#34;&#39;s a clip.mp4&#39; --edits edits.json" in text
    hits, *others = dubbed.contents()
    evil = pages.render(hits | {"video": "</script><b>.mp4"}, *others)
    assert "</script><b>" not in evil and "&lt;/script&gt;&lt;b&gt;.mp4" in evil


def test_the_data_are_those_that_were_given(read, dubbed):
    hits, entries, noise = dubbed.contents()
    data = json.loads(next(text for text, held in zip(read.scripts, read.all("script"), strict=True) if "id" in held))
    assert data["dub"] == hits and data["entries"] == entries
    held = np.frombuffer(base64.b64decode(data["noise"]), "<f4").reshape(data["bands"], data["window"])
    assert np.array_equal(held, noise)


def test_the_same_video_gives_the_same_page_with_its_files_in_pieces_that_browsers_can_hold(
    read, page, video, dubbed, tmp_path, monkeypatch
):
    again, pieces = tmp_path / "again.html", tmp_path / "pieces.html"
    write_page(again, video, *dubbed.contents(), page.parent / "track.wav")
    assert again.read_bytes() == page.read_bytes()
    monkeypatch.setattr(pages, "PIECE", 300)
    write_page(pieces, video, *dubbed.contents())
    whole = Page(pieces.read_text(encoding="utf-8"))
    assert len(whole.all("script")) > len(read.all("script")) + 5
    assert whole.file("video") == read.file("video") and whole.file("track") == b""
    assert read.file("track") == (page.parent / "track.wav").read_bytes()


def test_what_cannot_be_edited_is_one_line_and_no_page(video, dubbed, tmp_path):
    hits, *others = dubbed.contents()
    with pytest.raises(InputError, match="has no hits to edit"):
        write_page(tmp_path / "page.html", video, hits | {"hits": []}, *others)
    (tmp_path / "no.mp4").write_bytes(b"no video")
    with pytest.raises(InputError, match=r"no\.mp4: cannot be read"):
        write_page(tmp_path / "page.html", tmp_path / "no.mp4", hits, *others)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["no.mp4"]


def test_every_sliders_ends_are_an_edits_and_nothing_beyond(dubbed):
    for control in (control for group in groups(3.0, 1000) for control in group.controls):
        for value in (control.low, control.high, control.neutral):
            Edit.read(nested(control.key, value), "here")
        beyond = (control.low - 1e-6, control.high + 1e-6)
        for value in beyond if control.key != "time" else beyond[:1]:
            with pytest.raises(InputError):
                Edit.read(nested(control.key, value), "here")


def nested(key, value):
    first, _, part = key.partition(".")
    return {first: {"modes": 1} | {part: value}} if part else {key: value}


def test_a_preview_shows_what_the_video_shows_at_every_time(video, tmp_path):
    write_preview(video, tmp_path / "preview.mp4")
    given, shown = (
        np.stack([frame.mean() for frame in read_frames(path, 30, 32)]) for path in (video, tmp_path / "preview.mp4")
    )
    assert len(shown) == len(given) == 90
    assert np.abs(shown - given).max() < 1.5  # frames differ by 3 of 255


@pytest.mark.parametrize(
    ("shape", "expected"), [((100, 1000), (64, 640)), ((700, 350), (640, 320)), ((48, 64), (48, 64))]
)
def test_a_preview_is_small_and_keeps_its_shape(shape, expected, tmp_path):
    write_video(tmp_path / "large.mp4", np.zeros((2, *shape, 3), np.uint8), 10)
    write_preview(tmp_path / "large.mp4", tmp_path / "preview.mp4")
    assert size(tmp_path / "preview.mp4") == expected


def size(path):
    """Height and width in an mp4's sample description."""
    content = path.read_bytes()
    place = content.index(b"avc1", content.index(b"stsd")) + 28
    width, height = np.frombuffer(content[place : place + 4], ">u2")
    return int(height), int(width)
