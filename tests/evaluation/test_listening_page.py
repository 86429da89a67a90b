"""The page hides whose the sounds are and loads nothing; in a browser it can be heard, answered, left and gone on with.

The browser is headless Chromium, driven through its debugging pipe; without one these tests are skipped.
"""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import time
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from impactsound.config import Clip
from impactsound.evaluation.listening import ANOTHER, hidden, trials, wav
from impactsound.evaluation.listening_answers import COLUMNS, read_answers
from impactsound.evaluation.listening_page import render, shown
from impactsound.evaluation.listening_score import listening_table

CLIP = Clip(sample_rate=8000, duration=0.02, frames=4, frame_rate=50.0)
CLIPS = ("gong/0", "gong/1", "drum/0")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-quic --remote-debugging-pipe --window-size=390,780"
)


def jpeg(shade):
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (shade, 0, 0)).save(buffer, "JPEG")
    return buffer.getvalue()


def study(systems=("zebra", "okapi", "heron"), seed=0):
    """Two pairs of three clips, and one catch trial."""
    first, second, reference = systems
    plan = pd.concat(
        [
            trials(CLIPS[:2], first, second, CLIPS[:2], 0, seed),
            trials(CLIPS[2:], reference, ANOTHER, CLIPS[:1], 1, seed),
        ],
        ignore_index=True,
    )
    films = {name: [jpeg(60 * number + row) for number in range(CLIP.frames)] for row, name in enumerate(CLIPS)}
    sounds = np.random.default_rng(seed).uniform(-0.5, 0.5, (len(plan), 2, CLIP.n_samples))
    wavs = [[wav(sound, CLIP) for sound in both] for both in sounds]
    return hidden(plan, films, dict.fromkeys(CLIPS, 0.045), wavs, CLIP, seed)


class Page(HTMLParser):
    """The elements of a page with their attributes, and the texts of its scripts."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.lasttag == "script" and data.strip():
            self.scripts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_is_the_same_whatever_the_systems_are_called():
    assert render(study()) == render(study(("real", "physics", "video")))
    assert render(study()) != render(study(seed=1))
    text = render(study())
    assert not any(name in text for name in ("zebra", "okapi", "heron", "gong", "drum", "another material"))


def test_nothing_tells_a_catch_trial_or_a_pair_apart():
    given = shown(study())
    assert len({json.dumps([sorted(trial), sorted(trial["sounds"])]) for trial in given["trials"]}) == 1
    items = [trial["item"] for trial in given["trials"]]
    assert items == sorted(items)


def test_page_and_key_agree():
    whole = study()
    given = {trial["item"]: trial for trial in shown(whole)["trials"]}
    assert sorted(given) == sorted(whole.key["item"])
    films = shown(whole)["films"]
    for row in whole.key.to_dict("records"):
        trial = given[row["item"]]
        film = [base64.b64decode(frame) for frame in films[trial["film"]]]
        assert film == list(whole.films[row["clip"]])
        for side in ("left", "right"):
            assert trial["sounds"][side]["id"] == row[side]
            assert base64.b64decode(trial["sounds"][side]["wav"]) == whole.wavs[row[side]]


def test_only_the_pages_own_script_may_run_and_nothing_is_loaded():
    page = Page(render(study()))
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    data, script = page.scripts
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy and policy.startswith("default-src 'none'")
    assert json.loads(data) == json.loads(json.dumps(shown(study())))
    for tag, attributes in page.elements:
        assert not {"src", "href", "style", "onclick"} & set(attributes), tag
    assert "url(" not in render(study()) and "@import" not in render(study())


def test_labels_lead_to_what_exists_once():
    page = Page(render(study()))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(name, ids[0]) in ids
        if tag in ("canvas", "progress", "textarea"):
            assert attributes["aria-label"]


class Browser:
    """A page in Chromium, by the DevTools protocol over a pipe: messages of JSON that end with a zero byte."""

    def __init__(self, folder):
        (theirs, self.out), (self.back, answers) = os.pipe(), os.pipe()
        command = f"exec {CHROMIUM} {OPTIONS} --user-data-dir={folder / 'profile'} 3<&{theirs} 4>&{answers}"
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", command], pass_fds=(theirs, answers), stderr=subprocess.DEVNULL
        )
        os.close(theirs), os.close(answers)
        self.count, self.rest, self.session, self.events = 0, b"", None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for name in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{name}.enable")

    def call(self, method, **parameters):
        """A command's result; what is told meanwhile goes to `events`."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        os.write(self.out, json.dumps(message | ({"sessionId": self.session} if self.session else {})).encode() + b"\0")
        while (answer := self.read()).get("id") != self.count:
            self.events.append(answer)
        assert "error" not in answer, answer
        return answer["result"]

    def read(self):
        while b"\0" not in self.rest:
            got = os.read(self.back, 1 << 16)
            assert got, "the browser ended"
            self.rest += got
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def until(self, expression, seconds=10):
        end = time.monotonic() + seconds
        while not self.value(expression):
            assert time.monotonic() < end, f"not within {seconds} s: {expression}"
            time.sleep(0.02)

    def open(self, path):
        self.load("Page.navigate", url=path.as_uri())

    def load(self, method, **parameters):
        """A command that loads a page, to the end of the loading."""
        before = self.told("Page.loadEventFired")
        self.call(method, **parameters)
        while len(self.told("Page.loadEventFired")) == len(before):
            self.events.append(self.read())

    def reload(self, place, kept):
        """Load the page again, this being what was kept: now and then a fresh profile forgets it by itself."""
        source = f"localStorage.setItem({json.dumps(place)}, {json.dumps(kept)})"
        script = self.call("Page.addScriptToEvaluateOnNewDocument", source=source)
        self.load("Page.reload")
        self.call("Page.removeScriptToEvaluateOnNewDocument", **script)

    def told(self, *methods):
        return [event for event in self.events if event["method"] in methods]

    def press(self, key, shift=False):
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, modifiers=8 * shift, **text)

    def close(self):
        self.call("Browser.close")
        self.process.wait(20)
        os.close(self.out), os.close(self.back)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no chromium, chromium-browser or google-chrome on this machine")
    opened = Browser(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


def begin(browser):
    """Begin, or go on, by the keyboard alone."""
    browser.value("document.getElementById('begin').focus()")
    browser.press("Enter")
    browser.until("!document.getElementById('trial').hidden && now !== null")


def hear(browser, side):
    browser.press({"left": "ArrowLeft", "right": "ArrowRight"}[side])
    browser.until(f"now.heard.has('{side}')")


def answer(browser, side):
    """Hear both sounds and choose one, by the keyboard alone."""
    number = browser.value("state.answers.length")
    hear(browser, "left")
    browser.press({"left": "ArrowLeft", "right": "ArrowRight"}[side], shift=True)
    assert browser.value("state.answers.length") == number  # not yet
    hear(browser, "right")
    browser.press({"left": "ArrowLeft", "right": "ArrowRight"}[side], shift=True)
    browser.until(f"state.answers.length === {number + 1} && (now || !document.getElementById('end').hidden)")


def test_a_study_is_answered_left_and_gone_on_with_and_its_answers_are_scored(browser, tmp_path):
    whole = study()
    path = tmp_path / "study.html"
    path.write_text(render(whole), encoding="utf-8")
    browser.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path), eventsEnabled=False)
    browser.open(path)
    begin(browser)
    sides = whole.key.set_index("item")["first_is"]
    first = browser.value("now.trial.item")
    answer(browser, sides[first])
    left = browser.value("state")
    browser.reload(browser.value("place"), browser.value("localStorage.getItem(place)"))
    assert browser.value("state") == left and len(left["answers"]) == 1
    assert "1 of 3 " in browser.value("document.getElementById('begin').textContent")
    begin(browser)
    assert browser.value("document.getElementById('number').textContent") == "2"
    while browser.value("document.getElementById('end').hidden"):
        answer(browser, sides[browser.value("now.trial.item")])
    browser.value("document.getElementById('save').focus()")
    browser.press("Enter")
    file = tmp_path / f"answers-{whole.id}-{left['participant']}.csv"
    end = time.monotonic() + 10
    while not file.exists():
        assert time.monotonic() < end, "no file of answers"
        time.sleep(0.02)
    assert file.read_text() == browser.value("document.getElementById('answers').value")
    answers = read_answers([file], whole.key)
    assert tuple(answers) == COLUMNS and set(answers["item"]) == set(sides.index)
    assert (answers["seconds"] > 0.3).all()  # no sooner than two films and sounds have run
    table = listening_table(answers, whole.key, 1.0, 0)
    assert table["share"].tolist() == [1, 1] and table["answers"].tolist() == [2, 1]
    assert browser.told("Log.entryAdded", "Runtime.exceptionThrown") == []
    asked = [event["params"]["request"]["url"] for event in browser.told("Network.requestWillBeSent")]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}


def test_the_impact_is_shown_when_it_is_heard(browser, tmp_path):
    path = tmp_path / "study.html"
    path.write_text(render(study(seed=2)), encoding="utf-8")
    browser.open(path)
    begin(browser)
    browser.value(
        """{
        const pictures = now.pictures, started = AudioBufferSourceNode.prototype.start;
        window.seen = [];
        AudioBufferSourceNode.prototype.start = function (when) { window.when = when; started.call(this, when); };
        const draws = CanvasRenderingContext2D.prototype.drawImage;
        CanvasRenderingContext2D.prototype.drawImage = function (image, ...rest) {
          const late = audio.outputLatency || audio.baseLatency || 0;
          window.seen.push([audio.currentTime - late - window.when, pictures.indexOf(image)]);
          draws.call(this, image, ...rest);
        };
        0 }"""
    )
    hear(browser, "left")
    seen = np.array(browser.value("window.seen"))
    hit = 0.045
    expected = np.clip(np.floor((seen[:, 0] + hit) * CLIP.frame_rate + 1e-9), 0, CLIP.frames - 1)
    assert len(seen) > 2 and np.abs(seen[:, 1] - expected).max() <= 1
    assert np.mean(seen[:, 1] == expected) > 0.8
    assert seen[0, 1] == 0 and seen[-1, 1] == CLIP.frames - 1


def test_another_listener_has_another_name_and_no_answers(browser, tmp_path):
    path = tmp_path / "study.html"
    path.write_text(render(study(seed=3)), encoding="utf-8")
    browser.open(path)
    before = browser.value("state.participant")
    assert re.fullmatch("[0-9a-f]{12}", before)
    assert sorted(browser.value("state.order")) == list(range(3))
    browser.value("window.confirm = () => true; again()")
    browser.until("now !== null || document.getElementById('broken').hidden === false")
    after = browser.value("state")
    assert after["participant"] != before and after["answers"] == []


def test_what_the_browser_kept_is_used_only_if_it_fits(browser, tmp_path):
    path = tmp_path / "study.html"
    path.write_text(render(study(seed=4)), encoding="utf-8")
    browser.open(path)
    for kept in ("nonsense", "null", '{"participant": "x", "order": [0, 1], "answers": []}', '{"participant": "x"}'):
        browser.reload(browser.value("place"), kept)
        assert len(browser.value("state.order")) == 3
    browser.value("Storage.prototype.setItem = () => { throw new Error('full') }; keep()")
    assert not browser.value("document.getElementById('unsaved').hidden")
