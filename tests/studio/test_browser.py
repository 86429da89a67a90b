"""The studio as its users have it: in a browser, by mouse and keyboard, with the sounds that are heard."""

import base64
import json

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from impactsound.dubbing.edit import Edit, Low
from impactsound.dubbing.hits import read_edits
from impactsound.dubbing.physics import physical_sound

SAMPLES = """
const bytes = new Uint8Array(Float64Array.from({}).buffer);
let text = "";
for (let n = 0; n < bytes.length; n += 1 << 15) text += String.fromCharCode(...bytes.subarray(n, n + (1 << 15)));
return btoa(text);
"""
IN_TIME = 0.04  # s by which sound may be off the picture, which few notice (ITU-R BT.1359)
EVERY_KEY = {
    "all": {"size": 1.31, "damping": 0.7, "entry": "wood", "strength": -3},
    "hits": [
        {"id": 0, "edit": {"tilt": 4.5, "low": {"modes": 11, "decibels": -13, "decay": 0.4}, "entry": "bank/000"}},
        {"id": 1, "edit": {"size": 0.25, "residual_level": 9.5, "residual_t60": 0.3, "time": 2.25, "strength": 6}},
        {"id": 2, "edit": {"damping": 10, "low": {"modes": 3}, "entry": "metal"}},
        {"id": 3, "edit": {"size": 4, "damping": 0.1, "tilt": -12, "residual_level": -60}},
    ],
}


class Studio:
    """The page in the browser."""

    def __init__(self, browser, dubbed):
        self.browser, self.dubbed = browser, dubbed

    def run(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def find(self, css):
        return self.browser.find_element(By.CSS_SELECTOR, css)

    def press(self, css):
        self.find(css).click()

    def until(self, condition, seconds=5):
        return WebDriverWait(self.browser, seconds, 0.02).until(lambda _: condition())

    def samples(self, expression):
        return np.frombuffer(base64.b64decode(self.run(SAMPLES.format(expression))))

    def heard(self):
        """The sounds that were started since this was last asked."""
        return self.run("return window.heard.splice(0)")

    def slide(self, key, keys):
        self.find(f'[data-key="{key}"] input[type=range]').send_keys(keys)

    def type(self, key, value):
        field = self.find(f'[data-key="{key}"] input[type=number]')
        field.send_keys(Keys.CONTROL + "a")
        field.send_keys(str(value), Keys.ENTER)

    def shown(self, key):
        return self.settled(f"document.querySelector('[data-key=\"{key}\"] input[type=number]').valueAsNumber")

    def settled(self, expression):
        """A value once the page shows all that has changed."""
        script = f"requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]({expression})))"
        return self.browser.execute_async_script(script)

    def edits(self):
        return json.loads(self.run("return studio.edits()"))

    def own(self, number):
        return {hit["id"]: hit["edit"] for hit in self.edits()["hits"]}.get(number, {})

    def save(self):
        """The file that the page gives."""
        path = self.browser.folder / "edits.json"
        path.unlink(missing_ok=True)
        self.press("#export")
        self.until(lambda: path.exists() and path.stat().st_size)
        return path

    def open_edits(self, path, edits):
        path.write_text(json.dumps(edits))
        self.find("#file").send_keys(str(path))
        self.until(lambda: path.name in self.find("#note").text or self.trouble())

    def trouble(self):
        return self.find("#trouble").text


@pytest.fixture
def studio(browser, dubbed, page):
    """The page, freshly opened; it must neither ask for anything nor complain."""
    browser.get("about:blank")
    browser.get_log("browser"), browser.get_log("performance")
    browser.get(page.as_uri())
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    yield Studio(browser, dubbed)
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
    assert asked and {url.partition(":")[0] for url in asked} <= {"file", "data", "blob"}


def expected(dubbed, hits, hit):
    """The sound of an edited hit by the package."""
    edit = hits.edit(hit)
    return physical_sound(*edit.applied(*dubbed.bank[hit.entry(edit)][1]), dubbed.noise, dubbed.clip)


def decibels(difference, reference):
    return 10 * np.log10(np.square(difference).mean() / np.square(reference).mean() + 1e-30)


@pytest.mark.parametrize("edits", [{"all": {}}, EVERY_KEY], ids=["as matched", "edited"])
def test_the_browser_renders_what_the_package_renders(edits, studio, dubbed, tmp_path):
    studio.open_edits(tmp_path / "mine.json", edits)
    (tmp_path / "mine.json").write_text(json.dumps(edits))
    hits = read_edits(tmp_path / "mine.json", dubbed.hits)
    lengths = set()
    for hit in hits.hits:
        heard = studio.samples(f"studio.physics({hit.id})")
        lengths.add(len(heard))
        wanted = expected(dubbed, hits, hit)
        assert len(heard) == len(wanted)
        error = decibels(heard - wanted, wanted)
        print(f"hit {hit.id}: {error:.1f} dB")
        assert error < -90
    assert len(lengths) > 1 and max(lengths) <= 4 * dubbed.clip.sample_rate


def test_a_slider_is_heard_at_once_and_the_match_stays(studio, dubbed):
    studio.press(".hit[data-id='1']")
    studio.until(lambda: studio.run("return heard.length"))
    (before,) = studio.heard()
    studio.slide("size", Keys.ARROW_RIGHT)
    studio.until(lambda: studio.run("return heard.length"))
    after = studio.heard()[-1]
    assert np.allclose(before["samples"], expected(dubbed, dubbed.hits, dubbed.hits.hits[1]), atol=1e-6)
    assert len(after["samples"]) != len(before["samples"])
    assert studio.own(1) == {"size": 1.01} and studio.own(0) == {}
    studio.press("#play-match")
    studio.until(lambda: studio.run("return heard.length"))
    assert studio.heard()[-1]["samples"] == before["samples"]
    studio.press("#play")
    studio.until(lambda: studio.run("return heard.length"))
    assert studio.heard()[-1]["samples"] == after["samples"]
    studio.press("#auto")
    studio.slide("size", Keys.ARROW_RIGHT)
    assert studio.shown("size") == pytest.approx(1.01, abs=0.02) and studio.heard() == []


def test_the_edited_spectrogram_is_drawn_anew_and_that_of_the_match_is_not(studio):
    pixels = "['before', 'after'].map((id) => document.getElementById(id).toDataURL())"
    before, same = studio.settled(pixels)
    assert before == same
    studio.type("residual_level", 20)
    still, after = studio.settled(pixels)
    assert still == before and after != before


def test_spectra_are_those_of_numpy(studio):
    sound = studio.samples("studio.physics(0)")
    found = [studio.samples(f"studio.spectrum(1000, 1077)[{frame}]") for frame in (0, 1)]
    size = 2 * (len(found[0]) - 1)
    window = np.sin(np.pi * np.arange(size) / size) ** 2
    for start, powers in zip((1000, 1077), found, strict=True):
        wanted = np.abs(np.fft.rfft(window * sound[start : start + size])) ** 2
        assert np.allclose(powers, wanted, rtol=1e-9, atol=1e-12 * wanted.max())


def test_edits_are_saved_read_by_the_package_and_opened_again(studio, dubbed, tmp_path):
    studio.press("[data-scope=all]")
    studio.type("damping", 2)
    studio.type("low.modes", 20)
    studio.type("low.decibels", -10)
    studio.press("[data-scope=hit]")
    studio.press(".hit[data-id='2']")
    studio.type("size", 0.5)
    studio.type("strength", -4.5)
    studio.type("time", 1.875)
    studio.type("residual_t60", 99)
    Select(studio.find("#entry")).select_by_value("wood")
    saved = json.loads(studio.save().read_text())
    low = {"modes": 20, "decibels": -10, "decay": 1}
    own = {"size": 0.5, "strength": -4.5, "time": 1.875, "residual_t60": 10, "entry": "wood"}
    assert saved == {
        "format": "impactsound edits/1",
        "all": {"damping": 2, "low": low},
        "hits": [{"id": 2, "edit": own}, {"id": 3, "edit": {"tilt": 1.5}}],
    }
    read = read_edits(studio.browser.folder / "edits.json", dubbed.hits, dubbed.bank)
    assert read.all == Edit(damping=2.0, low=Low(20, -10.0, 1.0))
    assert read.hits[2].edit == Edit(**own) and read.time(read.hits[2]) == 1.875
    studio.press("#reset")
    assert studio.own(2) == {}
    studio.open_edits(tmp_path / "again.json", saved)
    assert studio.edits() == saved


def test_what_is_typed_stays_until_it_is_whole_and_is_kept_in_range(studio):
    field = studio.find('[data-key="residual_t60"] input[type=number]')
    field.send_keys(Keys.CONTROL + "a")
    field.send_keys("2")
    studio.run("studio.show()")
    field.send_keys(".5", Keys.ENTER)
    assert studio.own(0) == {"residual_t60": 2.5}
    for _ in range(2):  # the second time nothing changes
        studio.type("residual_t60", 99)
        assert studio.shown("residual_t60") == 10 and studio.own(0) == {"residual_t60": 10}
    studio.type("residual_t60", Keys.BACKSPACE)
    assert studio.shown("residual_t60") == 10


def test_all_hits_turn_together_but_for_what_is_a_hits_own(studio):
    studio.type("tilt", 3)
    studio.press("[data-scope=all]")
    studio.type("tilt", -6)
    assert studio.edits()["all"] == {"tilt": -6}
    assert not studio.find("#time").is_displayed()
    studio.press("[data-scope=hit]")
    assert studio.shown("tilt") == 3
    studio.press("#next")
    assert studio.shown("tilt") == -6
    studio.press("#previous")
    studio.press("[data-unset=tilt]")
    assert studio.shown("tilt") == -6 and studio.own(0) == {}
    studio.press("[data-scope=all]")
    studio.press("[data-unset=tilt]")
    assert studio.shown("tilt") == 0 and studio.edits()["all"] == {}


def test_every_change_can_be_undone_and_a_turn_of_a_slider_is_one(studio):
    studio.slide("size", Keys.ARROW_RIGHT * 1)
    studio.type("damping", 3)
    studio.press("#reset")
    assert studio.own(0) == {}
    studio.press("#undo")
    assert studio.own(0) == {"size": 1.01, "damping": 3}
    studio.press("#undo")
    studio.find("body").send_keys(Keys.CONTROL + "z")
    assert studio.own(0) == {}
    studio.press("#redo")
    studio.press("#redo")
    assert studio.own(0) == {"size": 1.01, "damping": 3}
    slider = '[data-key="tilt"] input'
    studio.run(
        f"""const slider = document.querySelector('{slider}');
        for (const value of [1, 2, 3]) {{ slider.value = value; slider.dispatchEvent(new Event("input")); }}
        slider.dispatchEvent(new Event("change"));"""
    )
    assert studio.own(0)["tilt"] == 3
    studio.press("#undo")
    assert "tilt" not in studio.own(0)


def test_hits_are_reached_moved_and_told_by_the_keyboard(studio):
    studio.run("document.querySelector('.hit').focus()")
    keys = ActionChains(studio.browser)
    keys.send_keys(Keys.ARROW_RIGHT).perform()
    assert "Hit 2 of 4, 1.100 s, metal" in studio.find("#said").text
    assert "found, probability 90 %" in studio.find("#said").text
    keys.key_down(Keys.SHIFT).send_keys(Keys.ARROW_LEFT).key_up(Keys.SHIFT).send_keys(",.", ".").perform()
    assert studio.own(1) == {"time": 1.091}
    keys.send_keys(Keys.ARROW_RIGHT).perform()
    assert "far from all that was learned" in studio.find("#said").text
    assert "far" in studio.find(".hit[data-id='2']").get_attribute("class")
    keys.send_keys(Keys.HOME).perform()
    assert "time given" in studio.find("#said").text
    focused = studio.run("return document.activeElement.getAttribute('aria-label')")
    assert focused == "Hit 1 of 4, 0.500 s, glass"
    assert studio.run("return document.querySelectorAll('.hit[tabindex=\"0\"]').length") == 1
    keys.send_keys(Keys.ENTER).perform()
    studio.until(lambda: studio.run("return heard.length"))


def test_a_hit_is_dragged_in_time_and_the_film_goes_with_it(studio):
    hit, lane = studio.find(".hit[data-id='3']"), studio.find("#lane")
    studio.heard()
    pixels = -round(lane.rect["width"] / 3)  # a second
    ActionChains(studio.browser).drag_and_drop_by_offset(hit, pixels, 0).perform()
    moved = studio.own(3)["time"]
    assert moved == pytest.approx(1.9, abs=0.02) and studio.heard() == []
    studio.until(
        lambda: studio.run("return document.getElementById('film').currentTime") == pytest.approx(moved, abs=0.01)
    )
    studio.press("#undo")
    assert studio.own(3) == {"tilt": 1.5}


def test_the_film_runs_with_the_edited_hits_at_their_times(studio, dubbed):
    studio.press(".hit[data-id='1']")
    studio.type("time", 0.9)
    studio.until(lambda: studio.run("return heard.length"))
    studio.heard()
    studio.run("document.getElementById('film').currentTime = 0.7")
    studio.press("#run")
    studio.until(lambda: studio.run("return heard.length") >= 3, 10)
    studio.press("#run")
    starts = studio.heard()
    at = [start["film"] + start["when"] - start["offset"] - start["now"] + start["latency"] for start in starts]
    assert at[:3] == pytest.approx([0.5, 0.9, 1.9], abs=IN_TIME)  # the first rings already
    assert starts[0]["offset"] > 0.15 and starts[2]["offset"] == 0
    assert np.allclose(starts[1]["samples"], studio.samples("studio.physics(1)"), atol=1e-6)


def test_the_film_runs_with_the_track_as_it_was_made_or_with_none(studio, track):
    Select(studio.find("#hear")).select_by_value("made")
    studio.run("document.getElementById('film').currentTime = 1")
    studio.press("#run")
    studio.until(lambda: studio.run("return heard.length"))
    studio.press("#run")
    (start,) = studio.heard()
    assert start["offset"] - (start["when"] - start["now"]) == pytest.approx(
        start["film"] + start["latency"], abs=IN_TIME
    )
    assert np.abs(start["samples"]).max() == pytest.approx(np.abs(track).max(), abs=0.05)
    Select(studio.find("#hear")).select_by_value("none")
    studio.press("#run")
    studio.until(lambda: studio.run("return document.getElementById('film').currentTime > 1.3"))
    assert studio.heard() == []


NO_EDITS = [
    ({"hits": [{"id": 9, "edit": {}}]}, "mine.json: this video has no hit 9"),
    ({"hits": [{"id": 0, "edit": {"sise": 2}}]}, "mine.json: hit 0: there is no key sise"),
    ({"all": {"size": 5}}, "mine.json: all: size is a number from 0.25 to 4, not 5"),
    ({"all": {"size": "2"}}, 'mine.json: all: size is a number from 0.25 to 4, not "2"'),
    ({"all": {"time": 1}}, "mine.json: all: time is of one hit, not of all"),
    ({"all": {"low": {"decay": 1}}}, "mine.json: all: low is an object of modes, decibels, decay"),
    (
        {"hits": [{"id": 0, "edit": {"entry": "bank/9"}}]},
        'mine.json: hit 0: this page does not hold the entry "bank/9"',
    ),
    ([1], "mine.json: has neither"),
]


def test_a_file_that_is_no_edits_changes_nothing_and_is_told(studio, tmp_path):
    for edits, line in NO_EDITS:
        studio.run("document.getElementById('trouble').textContent = ''")
        studio.open_edits(tmp_path / "mine.json", edits)
        assert studio.trouble().startswith(line)
        assert studio.edits()["all"] == {} and studio.own(0) == {}
