"""A figure is written as pixels and as lines and text, the same bytes whenever it is drawn."""

import base64
import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from impactsound.evaluation import pictures

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"


def figure(colours=40, unit="$"):
    """A line, text that is not a formula, and an image of so many greys or, beyond 256 of them, colours."""
    made = Figure(figsize=(3, 2), layout="constrained")
    left, right = made.subplots(1, 2)
    left.plot([1, 10], [2, 3], marker="o", label="a line")
    left.set_title(pictures.plain(f"5 {unit} & 6 {unit}"))
    left.legend()
    number = np.arange(3000).reshape(60, 50) % colours
    right.imshow(np.stack([number % 256, number // 256, number % 256], -1).astype(np.uint8), interpolation="none")
    return made


def images(svg):
    """The images embedded in an SVG."""
    links = [element.get(LINK) for element in ElementTree.fromstring(svg).iter(f"{SVG}image")]
    return [Image.open(io.BytesIO(base64.b64decode(link.partition("base64,")[2]))) for link in links]


def test_the_same_figure_gives_the_same_bytes_in_both_files(tmp_path):
    written = []
    for turn in range(2):
        paths = tmp_path / f"{turn}.png", tmp_path / f"{turn}.svg"
        pictures.write(figure(), *paths)
        written.append([path.read_bytes() for path in paths])
    assert written[0] == written[1]
    assert written[0] != [pictures.as_png(figure(unit="%")), pictures.as_svg(figure(unit="%"))]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.png", "0.svg", "1.png", "1.svg"]


def test_files_say_neither_when_nor_by_which_version_they_were_made():
    assert not re.search(rb"dc:(date|creator)|Matplotlib v", pictures.as_svg(figure()))
    assert not Image.open(io.BytesIO(pictures.as_png(figure()))).text


def test_text_stays_text_in_a_family_that_every_reader_has():
    texts = list(ElementTree.fromstring(pictures.as_svg(figure())).iter(f"{SVG}text"))
    assert "5 $ & 6 $" in [text.text for text in texts]
    assert all("sans-serif" in text.get("style") for text in texts if text.text)


def test_the_vector_file_loads_nothing():
    svg = ElementTree.fromstring(pictures.as_svg(figure()))
    assert all(element.get(LINK, "#").startswith(("#", "data:image/png;base64,")) for element in svg.iter())


@pytest.mark.parametrize(("colours", "mode"), [(40, "P"), (3000, "RGB")])
def test_an_image_keeps_its_pixels_and_has_a_palette_where_it_can(monkeypatch, colours, mode):
    (packed,) = images(pictures.as_svg(figure(colours)))
    monkeypatch.setattr(pictures, "_packed", lambda png: png)
    (whole,) = images(pictures.as_svg(figure(colours)))
    assert (packed.mode, whole.mode) == (mode, "RGBA")
    assert np.array_equal(packed.convert("RGB"), whole.convert("RGB"))


def test_the_pixels_are_those_of_the_figure():
    pixels = Image.open(io.BytesIO(pictures.as_png(figure())))
    assert pixels.size == (3 * pictures.DPI, 2 * pictures.DPI)
