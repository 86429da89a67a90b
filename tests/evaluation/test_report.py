"""The report shows what the results hold, escapes it, and loads nothing."""

import base64
import html
import io
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import soundfile
from PIL import Image

from impactsound import store
from impactsound.config import Clip
from impactsound.errors import InputError
from impactsound.evaluation import figures, names, pictures, report
from impactsound.evaluation.topics import COLUMNS, TOPICS

CLIP = Clip(sample_rate=8000, n_fft=256, hop=64, frame_size=16)
STRANGE = "<b>glass & co</b>"
MATERIALS = ("cloth", STRANGE, "wood")
SYSTEMS = ("real", "retrieval", "video", "physics", "<x>&'\"")
SHOWN = 4
VOID = {"meta", "img", "br", "line", "circle", "polyline", "link", "input"}


def jpeg(shade):
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (shade, 0, 0)).save(buffer, "JPEG")
    return np.frombuffer(buffer.getvalue(), np.uint8)


def tone(frequency, decay):
    time = np.arange(CLIP.n_samples) / CLIP.sample_rate
    return (np.exp(-decay * time) * np.cos(2 * np.pi * frequency * time)).astype(np.float32)


def manifest():
    rows = [
        (f"{material}{video}/00{hit}", f"{material}{video}", 0.5 + hit, material, "hit", "static", split)
        for material in MATERIALS
        for video, split in enumerate(("train", "train", "validation", "test"))
        for hit in range(2)
    ]
    return pd.DataFrame(rows, columns=["clip", "video", "onset", "material", "action", "reaction", "split"])


def results(folder):
    """A small folder of results, as the arguments of `gather`."""
    table = manifest()
    table.to_csv(folder / "manifest.csv", index=False)
    (folder / "counts.csv").write_text(f"fate,events\nkept,{len(table)}\nno <full> window,3\n")
    clips = table["clip"].tolist()
    with store.create(folder / "clips.h5", "clips/1", {}, {}) as file:
        store.write_clips(file, clips)
        frames = file.create_dataset("frames", (len(clips), CLIP.frames), store.h5py.vlen_dtype(np.uint8))
        for row in range(len(clips)):
            for number in range(CLIP.frames):
                frames[row, number] = jpeg(10 * number)
        file["sound"] = np.stack([tone(500 + 100 * row, 20) for row in range(len(clips))])
    test = table[table["split"] == "test"]["clip"].tolist()[::-1]  # not in the order of the clips
    paths = {}
    for number, system in enumerate(SYSTEMS):
        paths[system] = folder / f"{number}.h5"
        matched = np.full(len(test), clips[0] if system in ("retrieval", "physics") else "", dtype=object)
        sound = np.stack([tone(300 * number + 300, 30)] * len(test))
        store.write(paths[system], "sounds/1", test, {}, {}, sound=sound, matched=matched)
    rng = np.random.default_rng(0)
    names = ["fid", "kid", "kl", "accuracy", "macro_accuracy"]
    scores = pd.DataFrame(rng.random((len(SYSTEMS), len(names))), columns=names)
    scores.insert(0, "system", SYSTEMS)
    scores.loc[0, "fid"] = 0.0
    scores.assign(n=6).to_csv(folder / "comparison.csv", index=False)
    share = pd.DataFrame({"system": SYSTEMS, "accuracy": 0.5, "low": 0.25, "high": 0.75, "chance": 1 / 3})
    share.assign(n=6, videos=3).to_csv(folder / "accuracy.csv", index=False)
    modal = {"recall": [1.0, np.nan, 0.125], "frequency_error": [0.25, np.nan, np.inf], "t60_error": 0.5}
    modal |= {"power_error": 0.75, "spurious": 0.875}
    near = {"convergence_modes": 0.0625, "convergence_both": 0.03125, "log_distance_modes": 2, "log_distance_both": 1.5}
    judged = pd.DataFrame({"material": [*MATERIALS[:2], "all"], "n": [2, 2, 4], **modal, **near})
    judged.to_csv(folder / "physics.csv", index=False)
    judged.assign(**dict.fromkeys(modal, "")).to_csv(folder / "unknown.csv", index=False)
    struck = {"frequency": 500 + 100 * np.arange(len(clips)), "power": 0.0, "decay": 20.0, "phase": 0.0}
    slots = {
        name: np.stack([np.broadcast_to(value, len(clips)), np.full(len(clips), empty)], 1).astype(np.float32)
        for (name, value), empty in zip(struck.items(), (0, -np.inf, 0, 0), strict=True)
    }
    store.write(folder / "modes.h5", "modes/2", clips, {}, {}, **slots, onset=np.zeros(len(clips), np.float32))
    history = folder / "networks" / "physics" / "0" / "history.csv"
    history.parent.mkdir(parents=True)
    history.write_text("step,train_loss,loss\n10,3.0,2.5\n20,1.5,0.5\n30,1.0,0.75\n")
    paired = pd.DataFrame({"system": SYSTEMS, "difference": 0.125, "difference_low": -0.5, "difference_high": 0.25})
    paired = paired.assign(measure="accuracy", reference="physics", p_holm=0.5, asked=1.0, obtained=0.5)
    paired.to_csv(folder / "paired.csv", index=False)
    paired.assign(edit=STRANGE).to_csv(folder / "editing.csv", index=False)
    lacked = pd.DataFrame({"variant": "no_wood", "clip": test, "video": [clip.split("/")[0] for clip in test]})
    lacked.assign(distance=range(len(test)), left_out=True).to_csv(folder / "unseen_clips.csv", index=False)
    unseen = pd.DataFrame({"variant": "no_wood", "trained": ["with all", "without"], "system": "video"})
    unseen.assign(part="left out", accuracy=0.5).to_csv(folder / "unseen.csv", index=False)
    picture = folder / "picture.png"
    picture.write_bytes(figures.scale())
    return {
        "corpus": "a <corpus> & more",
        "manifest": folder / "manifest.csv",
        "counts": folder / "counts.csv",
        "clips": folder / "clips.h5",
        "modes": folder / "modes.h5",
        "sounds": paths,
        "histories": [history],
        "made": {name: folder / f"{name}.csv" for name in ("comparison", "accuracy", "physics", "paired", "editing")},
        "pictures": {"sampling": picture, "vocoder": picture, "panels": picture},
        "clip": CLIP,
        "shown": SHOWN,
        "seed": 0,
    }


class Page(HTMLParser):
    """The elements of a page with their attributes, its text, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return results(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def page(inputs):
    return Page(report.render(report.gather(**inputs)))


def content(source):
    return base64.b64decode(source.partition("base64,")[2], validate=True)


def test_every_shown_clip_has_a_player_and_a_spectrogram_for_every_system(page, inputs):
    labels = [player["aria-label"] for player in page.all("audio")]
    assert len(labels) == len(set(labels)) == SHOWN * len(SYSTEMS)
    assert all("controls" in player for player in page.all("audio"))
    spectrograms = [image for image in page.all("img") if image["alt"].startswith("Spectrogram")]
    assert len(spectrograms) == SHOWN * len(SYSTEMS)
    assert all(image["alt"] for image in page.all("img"))
    shown = report.choose(manifest(), SHOWN, seed=0)
    assert all(sum(clip in label for label in labels) == len(SYSTEMS) for clip in shown)


def test_the_pictures_of_topics_are_shown(page, inputs):
    shown = {image["alt"]: content(image["src"]) for image in page.all("img")}
    titles = {topic.picture: topic.title for topic in TOPICS if topic.picture in inputs["pictures"]}
    assert titles.keys() == {"sampling", "vocoder"}
    for name, title in titles.items():
        assert shown[title] == inputs["pictures"][name].read_bytes()


def test_the_tables_of_topics_are_shown_and_can_be_saved(page, inputs):
    saved = {link["download"]: content(link["href"]) for link in page.all("a") if "download" in link}
    assert saved == {f"{name}.csv": inputs["made"][name].read_bytes() for name in ("comparison", "paired", "editing")}
    text = "".join(page.text)
    assert "−0.5 to 0.25" in text and "Are the differences more than chance?" in text
    assert "Ways to match" not in text


def test_the_farthest_of_what_a_variant_lacked_is_played(inputs, page):
    made = inputs["made"] | {
        name: inputs["made"]["paired"].with_name(f"{name}.csv") for name in ("unseen", "unseen_clips")
    }
    of = {"video": inputs["sounds"]["video"], "no_wood/video": inputs["sounds"]["physics"]}
    shown = report.gather(**inputs | {"made": made, "unseen": {"no_wood": of}})
    clips = [card.row["clip"] for card in shown.unseen["no_wood"]]
    lacked = pd.read_csv(made["unseen_clips"]).sort_values("distance", ascending=False)
    assert clips == lacked.drop_duplicates("video")["clip"].head(report.FARTHEST).tolist()
    more = Page(report.render(shown))
    assert len(more.all("audio")) == len(page.all("audio")) + report.FARTHEST * 3
    ids = [attributes["id"] for _, attributes in more.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_players_play_the_sounds_of_their_clip(page, inputs):
    clip = report.choose(manifest(), SHOWN, seed=0)[0]
    (real,) = store.read(inputs["clips"], "clips/1", "sound", clip=[clip])
    samples, rate = soundfile.read(io.BytesIO(content(page.all("audio")[0]["src"])))
    start = round(report.SILENCE[0] * rate)
    assert rate == CLIP.sample_rate
    heard = samples[start : start + CLIP.n_samples]
    assert np.allclose(heard, real[0] * report.PEAK / np.abs(real).max(), atol=2**-14)
    assert not samples[:start].any()


def test_nothing_is_loaded(page):
    for _, attributes in page.elements:
        for name in ("src", "href", "data", "poster", "srcset", "xlink:href"):
            assert attributes.get(name, "#").startswith(("data:", "#"))
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.elements}
    style = "".join(page.text)
    assert "url(" not in style and "@import" not in style
    policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
    assert policy.startswith("default-src 'none'")


def test_links_and_labels_lead_to_what_exists_once(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        assert "download" in attributes or attributes.get("href", f"#{ids[0]}")[1:] in ids
        assert attributes.get("aria-labelledby", ids[0]) in ids


def test_the_figures_are_those_of_the_table(page, inputs):
    table = pd.read_csv(inputs["made"]["comparison"])
    shown = [float(figure["value"]) for figure in page.all("data")]
    expected = table[list(report.METRICS)].to_numpy()
    assert np.array_equal(np.reshape(shown, expected.shape), expected)


def cells(page, caption):
    """The rows of the table in the region of that name, as texts."""
    (region,) = re.findall(f'aria-label="{caption}">(.*?)</div>', page, re.DOTALL)
    rows = re.findall("<tr>(.*?)</tr>", region, re.DOTALL)
    return [[html.unescape(re.sub("<.*?>", "", cell)) for cell in re.findall("<t[hd].*?</t[hd]>", row)] for row in rows]


def test_the_physics_are_those_of_the_table(inputs):
    found = cells(report.render(report.gather(**inputs)), "Physics by material")
    near = ["0.0625", "0.0312", "2.00", "1.50"]
    assert found[2:] == [
        ["cloth", "2", "100.0", "0.250", "50.0", "0.75", "87.5", *near],
        [STRANGE, "2", "–", "–", "50.0", "0.75", "87.5", *near],
        ["all", "4", "12.5", "∞", "50.0", "0.75", "87.5", *near],
    ]
    assert len(found[0]) == 5 and len(found[1]) == 9


def test_a_corpus_without_truth_has_the_reconstruction_alone(inputs):
    made = inputs["made"] | {"physics": inputs["made"]["physics"].with_name("unknown.csv")}
    unknown = report.render(report.gather(**inputs | {"made": made}))
    Page(unknown)
    found = cells(unknown, "Physics by material")
    assert found[2] == ["cloth", "2", "0.0625", "0.0312", "2.00", "1.50"]
    assert "Recall" not in unknown and "cannot be judged" in unknown


def test_every_shown_clip_has_its_modes_over_the_spectrogram_and_falling(page, inputs):
    pictures = [image for image in page.all("img") if image["alt"].startswith("Modes over the spectrogram")]
    curves = [svg for svg in page.all("svg") if svg.get("aria-label", "").startswith("Level around")]
    shown = report.choose(manifest(), SHOWN, seed=0)
    for clip, image, curve in zip(shown, pictures, curves, strict=True):
        assert clip in image["alt"] and "1 modes" in image["alt"] and clip in curve["aria-label"]
    lines = [line for line in page.all("line") if line["class"] == "mode" and "stroke-opacity" in line]
    clips = manifest()["clip"].tolist()
    expected = [100 - (500 + 100 * clips.index(clip)) / (CLIP.sample_rate / 2) * 100 for clip in shown]
    assert [float(line["y1"].rstrip("%")) for line in lines] == pytest.approx(expected, abs=0.01)
    assert {line["x1"] for line in lines} == {"0.00%"}


def test_a_training_goes_by_its_systems_name():
    assert names.stage("networks/physics/0") == names.title("physics")
    assert names.stage("networks/physics/2").endswith("seed 2")
    assert names.stage("vision") == names.STAGES["vision"]


def test_header_cells_say_what_they_head(page):
    assert all("scope" in cell for cell in page.all("th"))


def test_the_best_is_of_the_systems_that_compete(inputs):
    found = report.scores(pd.read_csv(inputs["made"]["comparison"]))
    table = pd.read_csv(inputs["made"]["comparison"]).set_index("system").drop("real")
    for name in report.METRICS:
        best = [system for system, cells in found.items() if cells[name].best]
        assert best == [table[name].idxmin() if COLUMNS[name].better == "lower" else table[name].idxmax()]


def test_nothing_is_best_where_nothing_competes(inputs):
    table = pd.read_csv(inputs["made"]["comparison"]).head(1)
    assert not any(cell.best for cell in report.scores(table)["real"].values())


def test_names_are_text_and_never_markup(page):
    assert not page.all("b") or all(not attributes for attributes in page.all("b"))
    assert not {"corpus", "x", "full"} & {tag for tag, _ in page.elements}
    text = "".join(page.text)
    for name in (STRANGE, SYSTEMS[-1], "a <corpus> & more", "no <full> window"):
        assert name in text


def test_the_same_inputs_give_the_same_bytes(inputs):
    first, second = (report.gather(**inputs | {"shown": 1}) for _ in range(2))
    assert report.render(first) == report.render(second)
    for sheet in (report.spectrograms, report.modes_sheet):
        assert pictures.as_svg(sheet(first)) == pictures.as_svg(sheet(second))


def test_the_sheets_have_a_row_a_clip(inputs):
    gathered = report.gather(**inputs)
    assert len(report.spectrograms(gathered).axes) == SHOWN * len(SYSTEMS) + 1  # the colours' scale
    assert len(report.modes_sheet(gathered).axes) == SHOWN * 2 + 1


def test_the_strip_is_even_and_has_the_onset():
    frames = [jpeg(number) for number in range(CLIP.frames)]
    strip = report.strip(frames, CLIP)
    assert strip[0] == frames[CLIP.frames_before].tobytes()
    assert np.ptp(np.diff(list(strip))) <= 1  # ms
    assert len(report.strip(frames[:1], Clip(frames=1))) == 1


def test_a_clip_that_a_system_lacks_is_named(inputs, tmp_path):
    store.write(tmp_path / "few.h5", "sounds/1", ["other"], {}, {}, sound=np.zeros((1, 4)))
    with pytest.raises(InputError, match=re.escape(f"{tmp_path / 'few.h5'}: has no clip")):
        report.gather(**inputs | {"sounds": {"video": tmp_path / "few.h5"}})


@pytest.mark.parametrize("clip", [CLIP, Clip()])
def test_a_tone_is_loudest_at_its_frequency_and_falls_as_it_decays(clip):
    time = np.arange(clip.n_samples) / clip.sample_rate
    level = figures.spectrogram(np.exp(-40 * time) * np.sin(2 * np.pi * 1000 * time), clip)
    height = clip.sample_rate / 2 / len(level)
    loudest = level.max(1).argmax()
    assert abs(loudest * height + height / 2 - 1000) <= height
    assert level.max() == 0 and level.min() == figures.FLOOR
    hop = clip.n_samples // figures.STEPS / clip.sample_rate
    row = level[loudest, 40:80]
    assert (row[0] - row[-1]) / (39 * hop) == pytest.approx(40 * 20 / np.log(10), rel=0.02)  # dB/s


def test_silence_is_drawn_and_played():
    silence = np.zeros(CLIP.n_samples, np.float32)
    assert (figures.spectrogram(silence, CLIP) == figures.FLOOR).all()
    samples, _ = soundfile.read(io.BytesIO(report.wav(silence, CLIP)))
    assert not samples.any()


def test_a_picture_is_the_right_way_up_and_has_the_colours_of_the_scale():
    level = np.full((3, 2), figures.FLOOR)
    level[0] = 0.0
    pixels = np.asarray(Image.open(io.BytesIO(figures.picture(level))).convert("RGB"))
    colours = np.asarray(Image.open(io.BytesIO(figures.scale())))
    assert np.array_equal(pixels[-1, 0], colours[0, -1])
    assert np.array_equal(pixels[0, 0], colours[0, 0])
