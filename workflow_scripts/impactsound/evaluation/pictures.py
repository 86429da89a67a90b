"""Writing a figure as a PNG and as an SVG; the same figure gives the same bytes.

What is written in the SVG stays text, in DejaVu Sans or else in the reader's own sans serif. The images in it, which
are spectrograms of few colours, have a palette, which takes half of the bytes.
"""

import base64
import io
import re
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from impactsound.files import atomic

DPI = 144
FIXED = {"svg.hashsalt": "impactsound", "svg.fonttype": "none", "font.sans-serif": ["DejaVu Sans"]}
BARE = {"Date": None, "Creator": None}  # neither when nor by which version
EMBEDDED = re.compile(r"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")


def write(figure: Figure, png: str | Path, svg: str | Path) -> None:
    """Write a figure to both files."""
    for path, content in ((png, as_png(figure)), (svg, as_svg(figure))):
        with atomic(path) as partial:
            partial.write_bytes(content)


def as_png(figure: Figure) -> bytes:
    """A figure as a PNG of `DPI` pixels an inch."""
    return _packed(_saved(figure, "png"))


def as_svg(figure: Figure) -> bytes:
    """A figure as an SVG that loads nothing."""
    return EMBEDDED.sub(_repacked, _saved(figure, "svg").decode()).encode()


def plain(text: str) -> str:
    """Text that matplotlib is not to read as a formula."""
    return text.replace("$", r"\$")


def png_of(image: Image.Image) -> bytes:
    """An image as a small PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _saved(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    with rc_context(FIXED):
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=BARE)
    return buffer.getvalue()


def _packed(png: bytes) -> bytes:
    """The same opaque pixels in fewer bytes: with a palette, where there are no more colours than fit into one."""
    with Image.open(io.BytesIO(png)) as image:
        pixels = image.convert("RGB")
    return png_of(pixels.quantize(256, dither=Image.Dither.NONE) if pixels.getcolors(256) else pixels)


def _repacked(embedded: re.Match) -> str:
    return f"data:image/png;base64,{base64.b64encode(_packed(base64.b64decode(embedded[1]))).decode()}"
